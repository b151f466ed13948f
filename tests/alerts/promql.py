"""As much of PromQL as the rules use: which series an expression selects, which labels its result keeps, and whether
it can be empty. promtool judges the syntax; what is not known here is refused by name."""
import dataclasses
import re

TOKEN = re.compile(r'\s*("(?:\\.|[^"\\])*"|[a-zA-Z_:][\w:]*|[\d.]+(?:e[+-]?\d+)?[a-z]*|[=!]~|[=!<>]=|.)', re.S)
AGGREGATIONS = ("sum", "min", "max", "avg", "count")
OF_TIME = ("rate", "increase", "changes", "predict_linear", "last_over_time", "min_over_time", "max_over_time")
FUNCTIONS = (*OF_TIME, "abs", "label_replace")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
BINDING = {"or": 1, "and": 2, "unless": 2, **dict.fromkeys(COMPARISONS, 3), "+": 4, "-": 4, "*": 5, "/": 5}
SCALAR = None  # the labels of a number


@dataclasses.dataclass
class Selector:
    metric: str
    matchers: dict  # label -> (operator, value)


class Expression:
    """`labels_of(metric)` says which labels a metric has, None when it is not known."""

    def __init__(self, text, labels_of):
        self.tokens = TOKEN.findall(text) + [""]
        self.at = 0
        self.labels_of = labels_of
        self.selectors = []
        self.can_be_empty = False
        self.known = True
        self.labels = self.operation(0)
        if self.peek():
            raise ValueError(f"cannot read {self.peek()!r} in: {text}")

    def peek(self):
        return self.tokens[self.at]

    def take(self, wanted=None):
        token = self.peek()
        if wanted not in (None, token):
            raise ValueError(f"{wanted!r} expected, not {token!r}")
        self.at += 1
        return token

    def names(self):
        """(a, b)"""
        self.take("(")
        found = []
        while (token := self.take()) != ")":
            if token != ",":
                found.append(token)
        return frozenset(found)

    def operation(self, binding):
        left = self.operand()
        while BINDING.get(self.peek(), 0) > binding:
            operator = self.take()
            on = many = None
            if self.peek() == "on":
                self.take()
                on = self.names()
            if self.peek() == "group_left":
                self.take()
                many = self.names() if self.peek() == "(" else frozenset()
            right = self.operation(BINDING[operator])
            self.can_be_empty |= operator in COMPARISONS or operator == "unless"
            if operator in ("and", "unless") or right is SCALAR:
                continue
            if left is SCALAR:
                left = right
            elif many is not None:
                left = left | many
            elif on is not None and operator != "or":
                left = on
            else:
                left = left & right
        return left

    def operand(self):
        token = self.take()
        if token == "(":
            labels = self.operation(0)
            self.take(")")
            return labels
        if token == "-" or re.match(r'[\d."]', token):
            return self.operand() if token == "-" else SCALAR
        if not re.match(r"[a-zA-Z_:]", token):
            raise ValueError(f"cannot read {token!r}")
        if token in AGGREGATIONS:
            return self.aggregation()
        if self.peek() == "(":
            return self.function(token)
        return self.selector(token)

    def aggregation(self):
        by = None
        if self.peek() == "by":
            self.take()
            by = self.names()
        self.take("(")
        inner = self.operation(0)
        self.take(")")
        if by is None and self.peek() == "by":
            self.take()
            by = self.names()
        by = by or frozenset()
        return by & inner if self.known else by

    def function(self, name):
        self.take("(")
        arguments, texts = [], []
        first = len(self.selectors)
        while self.peek() != ")":
            if self.peek().startswith('"'):
                texts.append(self.peek().strip('"'))
            arguments.append(self.operation(0))
            if self.peek() == ",":
                self.take()
        self.take(")")
        if name == "time":
            return SCALAR
        if name == "absent":
            self.can_be_empty = True
            pairs = [pair for selector in self.selectors[first:] for pair in selector.matchers.items()]
            return frozenset(label for label, (operator, _) in pairs if operator == "=")
        if name not in FUNCTIONS:
            raise ValueError(f"the function {name} is not known here")
        return arguments[0] | {texts[0]} if name == "label_replace" else arguments[0]

    def selector(self, metric):
        matchers = {}
        if self.peek() == "{":
            self.take()
            while (label := self.take()) != "}":
                if label != ",":
                    operator = self.take()
                    matchers[label] = (operator, self.take().strip('"'))
        if self.peek() == "[":
            while self.take() != "]":
                pass
        self.selectors.append(Selector(metric, matchers))
        labels = self.labels_of(metric)
        if labels is None:
            self.known = False
            return frozenset(matchers)
        return frozenset(labels)
