"""The web app and its JSON API: parse a request, ask the shop, write the answer. See docs/web.md."""
