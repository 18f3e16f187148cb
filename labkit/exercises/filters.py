"""What Semantic Kernel gives the filter of a tool call, made of its own types.

Semantic Kernel is imported only when a check begins: the list of all exercises needs none of it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semantic_kernel.filters import AutoFunctionInvocationContext


def context(
    name: str, arguments: dict[str, Any], result: str
) -> tuple["AutoFunctionInvocationContext", Callable[[Any], Any]]:
    """Return the context of a call, and the `next` that runs the tool."""
    from semantic_kernel import Kernel
    from semantic_kernel.contents import ChatHistory
    from semantic_kernel.filters import AutoFunctionInvocationContext
    from semantic_kernel.filters.kernel_filters_extension import (
        _rebuild_auto_function_invocation_context,
    )
    from semantic_kernel.functions import (
        FunctionResult,
        KernelArguments,
        KernelFunctionFromMethod,
        kernel_function,
    )

    _rebuild_auto_function_invocation_context()  # as the kernel does before its first call
    function = KernelFunctionFromMethod(kernel_function(lambda: result, name=name), "shop")
    made = AutoFunctionInvocationContext(
        kernel=Kernel(),
        function=function,
        arguments=KernelArguments(**arguments),
        is_streaming=True,
        chat_history=ChatHistory(),
    )

    async def run(given: AutoFunctionInvocationContext) -> None:
        print(f"({name} runs)")
        given.function_result = FunctionResult(function=function.metadata, value=result)

    return made, run
