"""Formulas as MathML: read by the browser itself, and by screen readers; no script, no network."""

import contextlib
import html
import re
import unicodedata

from latex2mathml.converter import convert

LETTER = re.compile(r'<(?P<tag>m[in]) mathvariant="(?P<style>[a-z-]+)">(?P<text>[^<;]|&#x[0-9A-F]+;)</m[in]>')
NAMES = "log|ln|exp|max|min|sin|cos|arctan|Var|Cov|diag"
OPENS = r"&#x00028;|\(|\[|\{|,|&#x0003D;|=|&#x02264;|&#x02265;|&#x02248;"
TIDY = (  # what browsers would space or size otherwise than TeX does
    (r"<mo>([A-Za-z]{2,})</mo>", r"<mi>\1</mi>"),  # the name of a function
    (rf"(?<!<msub>)(?<!<munder>)(<mi>(?:{NAMES})</mi>)(?=<m[infsr])", r'\1<mspace width="0.167em" />'),
    (rf"(<msub><mi>(?:{NAMES})</mi><mi>[^<]*</mi></msub>)(?=<m[infsr])", r'\1<mspace width="0.167em" />'),
    (rf"(</msub>|&#x00029;</mo>|</mi>|</mfrac>)(?=<(?:msub><)?mi>(?:{NAMES})</mi>)", r'\1<mspace width="0.167em" />'),
    (r'<mo minsize="1.2em" maxsize="1.2em">', '<mo stretchy="false" mathsize="120%">'),
    (r"<msup>(<mi>[^<]*</mi>)<mi>&#x02032;</mi></msup>", r'<mrow>\1<mo lspace="0" rspace="0">&#x02032;</mo></mrow>'),
    (r"<mo>&#x0007C;</mo>", '<mo lspace="0" rspace="0" stretchy="false">&#x0007C;</mo>'),
    (r"</mrow><mo>&#x0005E;</mo></mover>", '</mrow><mo stretchy="true">&#x00302;</mo></mover>'),
    (
        rf"((?:<mo[^>]*>(?:{OPENS})|<mrow>)(?:</mo>)?(?:<mspace[^>]*>)?)<mo>&#x02212;</mo>",
        r'\1<mo form="prefix">&#x02212;</mo>',
    ),
    (r"(<mo[^>]*>&#x0222B;</mo>)", r'\1<mspace width="0.167em" />'),
)


def mathml(tex: str, display: str) -> str:
    """A formula as MathML; `display` is "inline" or "block". Raises ValueError where it cannot be read."""
    try:
        made = LETTER.sub(letter, convert(tex, display=display))
    except Exception as error:  # latex2mathml has no one error for what it cannot read
        raise ValueError(f"no MathML for {tex!r}: {error}") from error
    for what, by in TIDY:
        made = re.sub(what, by, made)
    return made


def letter(found: re.Match) -> str:
    """A bold or script letter as Unicode's own: browsers pay no heed to `mathvariant`."""
    style, tag, text = found["style"].replace("-italic", " italic").upper(), found["tag"], html.unescape(found["text"])
    name = unicodedata.name(text, "").replace("LATIN ", "").replace("GREEK ", "").replace("LETTER ", "")
    for whole in (f"MATHEMATICAL {style} {name}", f"{style} {name}"):
        with contextlib.suppress(KeyError):
            return f"<{tag}>{unicodedata.lookup(whole)}</{tag}>"
    return found[0]
