"""A hundred texts that try to run, load or break something when they are shown."""

SCRIPTS = [f"{before}<script>window.pwned=1</script>{after}" for before, after in [
    ("", ""), ("# ", ""), ("- ", ""), ("**", "**"), ("`", ""), ("> ", ""), ("```\n", "\n```"),
    ("<!--", "-->"), ("<textarea>", "</textarea>"), ("<svg>", "</svg>"), ("<math>", "</math>"),
    ("<title>", "</title>"), ("<style>", "</style>"), ("|a|\n|-|\n|", "|"), ("[x](", ")"),
]]  # fmt: skip
HANDLERS = [
    f"<{tag} {event}=window.pwned=1 src=x>x</{tag}>"
    for tag in ("img", "svg", "body", "video", "input", "details", "iframe")
    for event in ("onerror", "onload", "onclick", "ontoggle", "onfocus", "onmouseover")
]
LINKS = [
    f"[click]({scheme}window.pwned=1)"
    for scheme in (
        "javascript:", "JaVaScRiPt:", " javascript:", "java\nscript:", "javascript&colon;",
        "data:text/html,<script>", "vbscript:", "file:///", "&#106;avascript:", "\x01javascript:",
    )
] + ["<javascript:window.pwned=1>", "[a]: javascript:window.pwned=1\n\n[a]",
     "![x](javascript:window.pwned=1)", "![x](http://127.0.0.1:9/pixel.png)"]  # fmt: skip
MARKUP = [
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<object data='javascript:window.pwned=1'></object>", "<embed src=javascript:window.pwned=1>",
    "<base href=http://127.0.0.1:9/>", "<meta http-equiv=refresh content='0;url=javascript:1'>",
    "<form action=javascript:window.pwned=1><button>x</button></form>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>", "<style>*{display:none}</style>",
    "</div></div></div><h1>out</h1>", "</script><script>window.pwned=1</script>",
    "<a href=javascript:window.pwned=1>x</a>", "<template><script>window.pwned=1</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1>",
    "<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>", "<x id=__proto__>",
    "<button popovertarget=x onbeforetoggle=window.pwned=1>x</button><div popover id=x>x</div>",
]  # fmt: skip
SIGNS = [
    "\x1b[31mred\x1b[0m", "\x1b]8;;javascript:window.pwned=1\x07link\x1b]8;;\x07", "\x00zero\x00",
    "\u202ereversed", "\ufeffmark", "a\u0300" * 50, "\u2028\u2029", "🏕️👩‍👩‍👧‍👦🇩🇪", "\r\nlines\rlines\n",
    "&lt;script&gt;", "&amp;amp;", "{{7*7}}", "${7*7}",
]  # fmt: skip
TEXTS = (SCRIPTS + HANDLERS + LINKS + MARKUP + SIGNS)[:101]
