"""The `labkit` command: doctor, model, service, token, reset, progress."""

import argparse
import io
import signal
import sys

from labkit.errors import LabError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a pipe on Windows has no ticks: print ? instead
        sys.stdout.reconfigure(errors="replace")
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except (ValueError, OSError, LabError) as error:
        print(f"labkit: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # how one ends a server
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="labkit", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    doctor = commands.add_parser("doctor", help="say what is wrong with this set-up")
    doctor.set_defaults(run=_doctor)
    model = commands.add_parser("model", help="serve the offline model until Ctrl-C")
    model.add_argument("--host", default="127.0.0.1")
    model.add_argument("--port", type=int, default=0, help="0 takes a free one")
    model.add_argument("--pace", help="1 is realistic, 0 as fast as it goes; else LABKIT_PACE")
    model.add_argument("--fault", default="", help="for example cut_after=5 or status=429;times=2")
    model.set_defaults(run=_model)
    service = commands.add_parser("service", help="serve the streaming service until Ctrl-C")
    service.add_argument("--host", default="127.0.0.1")
    service.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    service.add_argument("--settings", action="store_true", help="show all settings, and end")
    service.set_defaults(run=_service)
    token = commands.add_parser("token", help="make a token for a client of the service")
    token.add_argument("name", help="the client's name, such as shop")
    token.set_defaults(run=_token)
    reset = commands.add_parser("reset", help="put a pristine notebook in place, keep the old one")
    reset.add_argument("notebook", help="its number, such as 01")
    reset.set_defaults(run=_reset)
    progress = commands.add_parser("progress", help="show which exercises are solved")
    progress.set_defaults(run=_progress)
    return parser


def _doctor(chosen: argparse.Namespace) -> int:
    from labkit.checkup import doctor

    findings = doctor()
    print(findings)
    return 0 if findings.well else 1


def _model(chosen: argparse.Namespace) -> None:
    from labkit import serving
    from labkit.offline.app import create_app
    from labkit.offline.faults import parse_fault
    from labkit.offline.model import Model
    from labkit.offline.pacing import check_pace

    pace = None if chosen.pace is None else check_pace(chosen.pace)
    model = Model(pace=pace, fault=parse_fault(chosen.fault))
    model.pace_now()  # a bad LABKIT_PACE shows here, and not at the first request
    bound = serving.bind(chosen.host, chosen.port)
    serving.run(create_app(model), bound, "/v1")


def _service(chosen: argparse.Namespace) -> None:
    if chosen.settings:
        from labkit.service.settings import described

        print(described())
        return
    # The import takes seconds, and a container's first process ignores what it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from labkit.service import server

    server.run(chosen.host, chosen.port)


def _token(chosen: argparse.Namespace) -> None:
    from labkit.service.tokens import Tokens, hash_of, new_token

    token = new_token()
    entry = f"{chosen.name}:{hash_of(token)}"
    Tokens.parse(entry)  # it says what is wrong with a name
    print(f"The token, for the client (it is shown this once): {token}")
    print(f"For SERVICE_API_TOKENS, separated by commas:       {entry}")


def _reset(chosen: argparse.Namespace) -> None:
    from labkit import reset

    reset(chosen.notebook)


def _progress(chosen: argparse.Namespace) -> None:
    from labkit import progress

    progress()


if __name__ == "__main__":
    sys.exit(main())
