// Print what npm's `eventsource` reads: node read.mjs URL NAMES CONNECTIONS

import { EventSource } from "eventsource";
import { collect } from "./collect.mjs";

const [url, names, connections] = process.argv.slice(2);
const rows = await collect(EventSource, url, JSON.parse(names), Number(connections));
// Its timer for the next connection would outlive close().
process.stdout.write(JSON.stringify(rows), () => process.exit());
