"""A widget that leaves a static picture in a saved notebook, where no JavaScript runs."""

from typing import Any

import anywidget


class PicturedWidget(anywidget.AnyWidget):
    """A widget whose display carries `text/plain` and `text/html` beside the live view.

    An untrusted notebook shows only those two, and so does a page without a kernel.
    """

    def picture(self) -> tuple[str, str]:
        """Return the picture as plain text, and as HTML that is safe as it stands."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data["text/plain"], data["text/html"] = self.picture()
        return data, metadata
