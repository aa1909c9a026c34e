"""The rules on size and names hold, and bite."""

from collections.abc import Callable, Iterable

import pytest

from tests.house import style
from tests.house.tree import CODE, SHIPPED, Source, planted, sources

pytestmark = pytest.mark.xdist_group("syntax")

Rule = Callable[[Iterable[Source]], list[str]]
RULES: list[Rule] = [
    style.long_files,
    style.long_functions,
    style.deep_nesting,
    style.vague_names,
    style.without_duty,
]
DEEP = "def f():\n for a in b:\n  if a:\n   while c:\n    if d:\n     pass\n"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    of_tests_too = CODE if rule is not style.deep_nesting else SHIPPED
    assert not (found := rule(sources(of_tests_too))), "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (style.long_files, "kit/a.py", "x = 1\n" * 251),
        (style.long_functions, "kit/a.py", "def f():\n" + "    x = 1\n" * 41),
        (style.long_functions, "kit/a.py", 'def f():\n    """D."""\n' + "    x = 1\n" * 41),
        (style.deep_nesting, "kit/a.py", DEEP),
        (style.vague_names, "services/order/common/domain.py", ""),
        (style.vague_names, "kit/utils.py", ""),
        (style.without_duty, "kit/a.py", "x = 1\n"),
    ],
)
def test_a_planted_violation_is_found(rule: Rule, path: str, text: str) -> None:
    assert len(rule(planted(path, text))) == 1


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (style.long_functions, 'def f():\n    """' + "D\n" * 60 + '    """\n    return 1\n'),
        (style.deep_nesting, "def f():\n if a:\n  pass\n elif b:\n  pass\n elif c:\n  pass\n elif d:\n  pass\n"),
        (style.without_duty, ""),
    ],
)
def test_what_is_allowed_is_not_found(rule: Rule, text: str) -> None:
    assert rule(planted("kit/__init__.py", text)) == []
