import pytest

from dvlab.widgets.bundle import bundle


def write(folder, **modules):
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder / "main.js"


def test_each_module_stands_once_and_before_whoever_needs_it(tmp_path):
    entry = write(
        tmp_path,
        main='import { b } from "./b.js";\nimport { a } from "./a.js";\nexport const main = a + b;\n',
        b='import { a } from "./a.js";\nexport function b() { return a; }\n',
        a="export const a = 1;\n",
    )
    text = bundle(entry)
    assert text.count("const a = 1") == 1
    assert text.index("const a") < text.index("function b") < text.index("const main")
    assert "import" not in text and "export" not in text


def test_two_modules_with_the_same_name_are_refused(tmp_path):
    entry = write(tmp_path, main='import { a } from "./a.js";\nfunction helper() {}\n', a="const helper = 1;\n")
    with pytest.raises(ValueError, match=r"helper is declared in a\.js and in main\.js"):
        bundle(entry)


def test_another_form_of_import_is_refused(tmp_path):
    with pytest.raises(ValueError, match="only"):
        bundle(write(tmp_path, main="export default {};\n"))
