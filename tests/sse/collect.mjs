// Read a stream with an EventSource, the browser's or another, until its connection has ended.

/** Return [type, data, lastEventId] of each event; `names` are those to listen for. */
export function collect(EventSource, url, names, connections = 1) {
  const rows = [];
  const source = new EventSource(url);
  return new Promise((resolve) => {
    const listen = (event) => {
      if (event instanceof MessageEvent) {
        rows.push([event.type, event.data, event.lastEventId]);
      } else if (--connections === 0 || source.readyState === EventSource.CLOSED) {
        source.close();
        resolve(rows);
      }
    };
    for (const name of new Set([...names, "error"])) source.addEventListener(name, listen);
  });
}
