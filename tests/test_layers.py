"""Imports go one way: a module imports only what stands before it in this list."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "derive"
ORDER = """
    errors near records terms numbers
    tree shapes dims tokens parser mistakes fixes calls elaborate syntax
    latex_tokens latex_words latex_names latex_variables latex_scripts latex_functions latex_commands latex_parser
    latex_statements latex_products latex_sums latex_entries latex_calls latex_elaborate latex_fixes latex_reader
    interop interop.numpy_names interop.numpy_parser interop.numpy_arrays interop.numpy_calls
    interop.numpy_einsum interop.numpy_reductions interop.numpy_functions interop.numpy_compare
    interop.numpy_reader interop.matlab recognise
    blocks keys statements rulebook
    cost arithmetic normal match meanings facts derivation rewrite
    fields linalg spectral operations evaluate instances complexes truth claims stations sides verify audit
    ruleproof projectionproof complexbook complexproof bookcheck userbook userfunctions
    factor simplify display
    engine.problem engine.naming engine.differential engine.isolate engine.structure engine.frobenius
    engine.entrywise engine.perturbation engine.reading_off engine.jacobian engine.hessian
    engine.conjugates engine.wirtinger engine
    printers.names printers.left printers.breaking printers.view printers.ascii printers.pretty
    printers.rows printers.latex_style printers.text_style printers.latex printers.text printers.markdown
    printers.html printers.json printers
    interop.trees interop.networks interop.sympy_names interop.sympy_tree interop.sympy_entries interop.sympy_classes
    interop.sympy_reader interop.to_sympy
    settings question complexquestion api listing
    checking.rows checking.lines checking.sides checking.marks checking.reshape checking.reader checking.kinds
    checking.report checking.known checking.lemma checking.outline checking.definitions checking.claiming
    checking.reading checking.places checking.entry_repairs checking.repairs checking.own checking.missing
    checking.diagnosis checking.nearest checking.consequences checking.writing checking.after checking.printing
    checking.judge checking.command checking
    usage cli __main__
""".split()

#: Methods that print, or hand out SymPy's expressions, import what does it when they are called: the one exception.
PRINTING = {"terms", "derivation", "checking.report"}
PRINTERS = ("printers.", "interop.", "checking.printing")


def modules() -> dict[str, Path]:
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in ROOT.rglob("*.py")}
    return {n.removesuffix(".__init__"): p for n, p in names.items() if n != "__init__"}


def imports(name: str, path: Path) -> Iterator[tuple[str, int, bool]]:
    """(module of the package, line, inside a function) for every import, those for type checkers left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node, inside in walk(tree):
        if isinstance(node, ast.Import):
            assert not [a.name for a in node.names if a.name.startswith("derive")], f"{path}:{node.lineno}"
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
        for alias in node.names:
            full = ".".join([p for p in (*base, alias.name) if p])
            yield (full if full in modules() else ".".join(filter(None, base))), node.lineno, inside


def walk(node: ast.AST, inside: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    yield node, inside
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and child in node.body:
            continue
        yield from walk(child, inside or isinstance(node, (ast.FunctionDef, ast.Lambda)))


def allowed(importer: str, imported: str, inside: bool) -> bool:
    if not imported:  # the package itself: its version
        return True
    if inside and importer in PRINTING and imported.startswith(PRINTERS):
        return True
    return ORDER.index(imported) < ORDER.index(importer)


def test_the_order_names_every_module_once() -> None:
    assert sorted(ORDER) == sorted(modules())


@pytest.mark.parametrize("name", [m for m in ORDER if m in modules()])
def test_imports_go_one_way(name: str) -> None:
    path = modules()[name]
    wrong = [f"line {line}: {m}" for m, line, inside in imports(name, path) if not allowed(name, m, inside)]
    assert not wrong, f"derive/{name.replace('.', '/')} stands before what it imports: {', '.join(wrong)}"


def test_the_exception_is_for_functions_only() -> None:
    assert allowed("terms", "printers.ascii", True)
    assert allowed("derivation", "interop.to_sympy", True)
    assert not allowed("derivation", "interop.to_sympy", False)
    assert not allowed("terms", "printers.ascii", False)
    assert not allowed("engine.problem", "printers.ascii", True)
    assert not allowed("normal", "engine", True)
