"""Texts that customers could write to a representative's browser, and that must stay texts."""

from __future__ import annotations

PLAIN = (
    "<script>window.pwned = true</script>",
    '<img src=x onerror="window.pwned = true">',
    '<svg onload="window.pwned = true"></svg>',
    '<svg><animate onbegin="window.pwned = true" attributeName="x" dur="1s"></svg>',
    '<iframe srcdoc="<script>parent.pwned = true</script>"></iframe>',
    '<math><mtext><table><mglyph><style><img src=x onerror="window.pwned=true"></style>',
    '<details open ontoggle="window.pwned = true">x</details>',
    '<input autofocus onfocus="window.pwned = true">',
    '<a href="javascript:window.pwned = true">offer</a>',
    '<form action="https://example.com"><button>Sign in again</button></form>',
    "<style>body { display: none }</style>",
    '<base href="https://example.com/">',
    "<template><script>window.pwned = true</script></template>",
    '"><script>window.pwned = true</script>',
    "javascript:window.pwned=true",
    "${window.pwned = true} {{constructor.constructor('window.pwned=true')()}}",
    "</textarea></title></style><script>window.pwned = true</script>",
    "&lt;script&gt;window.pwned = true&lt;/script&gt;",
    "\u202e txt.exe \u2066 isolated",
    "a < b && c > d",
)

MARKDOWN = (
    "[offer](javascript:window.pwned=true)",
    "[offer](JaVaScRiPt&colon;window.pwned=true)",
    "[offer](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[offer](vbscript:msgbox)",
    "![tracker](https://example.com/pixel.png)",
    '![x](x"onerror="window.pwned=true)',
    "<script>window.pwned = true</script>",
    '**bold** <img src=x onerror="window.pwned = true">',
    '[ref]: javascript:window.pwned=true "x"\n\n[ref]',
    "<javascript:window.pwned=true>",
    "| a |\n| :- |\n| <b onclick=window.pwned=true>x</b> |",
    "```html\n<script>window.pwned = true</script>\n```",
)

HTML = (
    "<p>Dear team,</p><script>window.pwned = true</script><p>bye</p>",
    '<p onclick="window.pwned = true">click</p>',
    '<img src=x onerror="window.pwned = true"><b>bold</b>',
    '<a href="java\tscript:window.pwned=true">offer</a>',
    '<a href="https://example.com" onmouseover="window.pwned=true">good link</a>',
    '<div id="cs-console"><form><input name="attributes"></form></div>',
    '<noscript><p title="</noscript><img src=x onerror=window.pwned=true>">',
    '<svg><style><img src=x onerror="window.pwned=true"></style></svg>',
    '<cs-sign-in></cs-sign-in><slot name="x">taken over</slot>',
)

CARDS: dict[str, object] = {
    "no card at all": None,
    "text that is not JSON": "{not json",
    "another kind of object": {"type": "Message", "text": "hi"},
    "an empty card": {"type": "AdaptiveCard", "version": "1.5", "body": []},
    "unknown elements only": {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{"type": "Hologram", "depth": 3}],
    },
    "a body that is no list": {"type": "AdaptiveCard", "version": "1.5", "body": "text"},
}

REACHING_CARD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "backgroundImage": "https://example.com/background.png",
    "body": [
        {"type": "TextBlock", "text": "[offer](javascript:window.pwned=true) and **bold**"},
        {"type": "TextBlock", "text": '<img src=x onerror="window.pwned = true">'},
        {"type": "Image", "url": "https://example.com/pixel.png"},
        {
            "type": "RichTextBlock",
            "inlines": [
                {
                    "type": "TextRun",
                    "text": "run",
                    "selectAction": {
                        "type": "Action.OpenUrl",
                        "url": "javascript:window.pwned=true",
                    },
                }
            ],
        },
    ],
    "actions": [
        {"type": "Action.OpenUrl", "title": "Bad", "url": "javascript:window.pwned=true"},
        {
            "type": "Action.OpenUrl",
            "title": "Good",
            "url": "https://example.com/",
            "iconUrl": "https://example.com/icon.png",
        },
        {"type": "Action.Submit", "title": "Run macro", "data": {"MacroName": "Refund"}},
    ],
}
