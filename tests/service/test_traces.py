"""What OpenTelemetry gets to see of an answer, whatever the environment asks for."""

from labkit.offline.faults import NONE, parse_fault
from labkit.sse import decode
from tests.service.command import command
from tests.service.running import text_of

MARK = "Quetzalcoatl"
QUESTION = f"What are the details on product P004 for {MARK}, with 10% discount?"

# The provider has to be there before Semantic Kernel is imported; its spans go to stderr at the end.
WATCHED = """
import atexit, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
trace.get_tracer("test").start_span("it works").end()
import logging
from labkit.service import logs
configure = logs.configure
def loud():
    configure()
    for name in ("openai", "httpx2", "httpcore2", "semantic_kernel", "labkit.service"):
        logging.getLogger(name).setLevel(logging.DEBUG)
logs.configure = loud
from labkit.__main__ import main
code = main()
for span in exporter.get_finished_spans():
    print("SPAN", span.to_json(indent=None), file=sys.stderr)
sys.exit(code)
"""
_GENAI = "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS"


def test_no_span_holds_question_answer_or_arguments_though_the_environment_wants_them() -> None:
    variables = {_GENAI: "true", f"{_GENAI}_SENSITIVE": "true"}
    with command("-c", WATCHED, **variables) as service:
        body = service.http.post("/v1/chat", json={"question": QUESTION}).content
        answer = text_of(list(decode([body])))
        for fault in ("status=400", "cut_after=5", "bad_arguments=1"):
            service.model.fault = parse_fault(fault)
            service.http.post("/v1/chat", json={"question": QUESTION})
        service.model.fault = NONE
        service.process.terminate()
        errors = service.end()
    assert "it works" in errors
    assert answer
    assert "logged by open_ai_handler" in errors or '"logger": "openai' in errors
    assert MARK not in errors  # in no line of the log either, however loud the libraries are
    spans = [line for line in errors.splitlines() if line.startswith("SPAN")]
    for secret in (MARK, "P004", "134.1", "Incorrect", "colour-coded", *_sentences(answer)):
        assert not [span for span in spans if secret in span]


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in text.split(".") if len(part.strip()) > 12]
