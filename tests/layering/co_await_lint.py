#!/usr/bin/env python3
"""Finds what g++ 12 destroys twice: an aggregate in braces, or a lambda that captures by copy, built
inside the full expression of a co_await. Name the value first, then await.

    co_await_lint.py [ROOT]       prints "file:line: ..." and exits 1 when there is any
    co_await_lint.py --self-test  proves what is found and what is left alone

Whether a type in braces is an aggregate cannot be seen here, so every brace counts. Types with a
constructor are fine, and are written with parentheses inside such statements.
"""
import pathlib
import re
import sys

ROOTS = ("agent", "probes", "verifier", "exporters", "tests")
PAIRS = {"(": ")", "[": "]", "{": "}"}
LITERALS = re.compile(
    r'R"(?P<d>[^()\s\\]{0,16})\(.*?\)(?P=d)"'            # raw string
    r"|//[^\n]*|/\*.*?\*/"                                # comments
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\''
    r"|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)        # preprocessor


def blank(match):
    text = match.group()
    filler = "0" if text[0] in "\"'R" else " "
    return "".join(c if c == "\n" else filler for c in text)


class Source:
    def __init__(self, text):
        self.text = LITERALS.sub(blank, text)
        self.match, self.enclosing = {}, []
        stack = []
        for at, c in enumerate(self.text):
            if c in ")]}" and stack and PAIRS[self.text[stack[-1]]] == c:
                opener = stack.pop()
                self.match[opener] = at
            self.enclosing.append(stack[-1] if stack else -1)
            if c in PAIRS:
                stack.append(at)

    def before(self, at):
        """The last token before `at`."""
        found = re.search(r"(\w+|[^\w\s])\s*$", self.text[max(0, at - 200):at])
        return found.group(1) if found else ""

    def after(self, at):
        return self.text[at + 1:at + 200].lstrip()[:1]

    def end_of(self, opener):
        return self.match.get(opener, len(self.text) - 1)

    def statement(self, at):
        """Borders of the full expression around `at`."""
        border = self.enclosing[at]
        while border >= 0 and self.text[border] != "{":
            if self.text[border] == "(" and self.before(border) in ("if", "while", "for", "switch", "constexpr"):
                break
            at, border = border, self.enclosing[border]
        start = i = border + 1
        while i < at:
            c = self.text[i]
            if c in PAIRS:
                i = self.end_of(i)
                if c == "{" and self.after(i) not in tuple(",).?:+-*/<>=&|]"):
                    start = i + 1
            elif c == ";":
                start = i + 1
            i += 1
        end = at
        while end < len(self.text) and self.text[end] != ";" and self.text[end] not in ")]}":
            end = self.end_of(end) + 1 if self.text[end] in PAIRS else end + 1
        return start, end

    def lambda_body(self, at):
        """Where the body of the lambda that begins at `[` begins; none when this is no lambda."""
        before = self.before(at)
        if before in (")", "]") or (re.match(r"\w", before) and before not in ("return", "co_return", "co_await")):
            return None
        if self.text[at + 1:at + 2] == "[" or before == "[":  # attribute
            return None
        i = self.end_of(at) + 1
        while i < len(self.text) and self.text[i] not in "{;":
            i = self.end_of(i) + 1 if self.text[i] == "(" else i + 1
        return i

    def captures_by_copy(self, at):
        captures = self.text[at + 1:self.end_of(at)].split(",")
        return any(c.strip() and c.strip() != "this" and not c.strip().startswith("&") for c in captures)

    def offences(self):
        """(position, what) of each."""
        found = set()
        for await_ in re.finditer(r"\bco_await\b", self.text):
            i, end = self.statement(await_.start())
            while i < end:
                if self.text[i] == "[" and (body := self.lambda_body(i)) is not None:
                    if self.captures_by_copy(i):
                        found.add((i, "a lambda that captures by copy"))
                    i = self.end_of(body)
                elif self.text[i] == "{":
                    found.add((i, "braces"))
                i += 1
        return sorted(found)

    def line_of(self, at):
        return self.text.count("\n", 0, at) + 1


FOUND = """
co_await F({.n = 5, .s = s});
co_await F(Agg{5, s}, 1);
const auto x = co_await a.F(Agg{});
CO_ASSIGN_OR_RETURN(const auto x, co_await F(1, {2}));
co_await F([s] { return s; });
co_await F([s = std::move(s)](int) mutable -> int { return 1; });
co_await F([=] { return s; });
co_await F([*this] { return s; });
co_await asio::co_spawn(e, [s]() -> Task<void> { co_return; }, asio::use_awaitable);
if (x && co_await F({1})) { y(); }
while (!co_await F({1})) y();
G(Agg{1}, co_await F());
G(co_await F(), Agg{1});
if (a) { b(); } co_await F({1});
for (const auto& x : co_await F({1})) y();
co_return Agg{co_await F({})};
const auto x = co_await F(R"(a " b)", {1});
"""
LEFT_ALONE = """
co_await F(a, b[1], [] { return 1; });
co_await F([&s, &t = u](int a) { Agg x{a}; return s; });
co_await F([this] { for (;;) { Agg x{1}; } });
const Agg a{1}; co_await F(a);
auto op = F({1}); co_await std::move(op);
if (co_await F()) { Agg a{1}; } else { G({2}); }
if (const Status s = co_await F(); !s.ok()) { G({1}); }
for (const auto& x : co_await F()) { G({1}); }
Run([s]() -> Task<void> { co_await F(1); G({1}); co_return; });
std::function<Task<void>()> f = [s]() -> Task<void> { const X x{co_await F(1)}; };
co_await F("{}", '{', 1'000); // {
co_return Agg{1, 2};
G({1}); co_await F(/* {1} */ 1);
while (i < n) { i += G({1}); } co_await F(i);
switch (co_await F()) { case 1: { G({1}); } }
#define M(x) co_await F({x})
co_await values[i]->Wait(After(1s));
"""


def self_test():
    wrong = [f"not found: {line}" for line in FOUND.strip().splitlines() if not Source(f"Task<void> T() {{ {line} }}").offences()]
    for line in LEFT_ALONE.strip().splitlines():
        body = f"Task<void> T() {{\n{line}\n}}"
        wrong += [f"found {what}: {line}" for _, what in Source(body).offences()]
    print("\n".join(wrong) or "self-test passed")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = []
    for path in sorted(p for r in ROOTS for p in (root / r).rglob("*") if p.suffix in (".h", ".cc")):
        source = Source(path.read_text(errors="replace"))
        name = path.relative_to(root).as_posix()
        found += [f"{name}:{source.line_of(at)}: {what} inside a co_await; name the value first, then await it"
                  for at, what in source.offences()]
    print("\n".join(found) or "no value in braces and no capturing lambda inside a co_await")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
