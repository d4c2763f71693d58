"""Hessians: the gradient, then its Jacobian, in one proof."""

from __future__ import annotations

from ..derivation import Let
from ..errors import NoRuleError
from ..terms import SCALAR
from .differential import Differentiator
from .jacobian import Jacobian
from .problem import BRIEF, NORMAL, Outline


class Hessian(Jacobian):
    """The Hessian of a scalar function of a scalar, a vector, or vec X."""

    def hessian(self) -> Outline:
        """df = g : dx, then dg = H dx."""
        if self.problem.convention in ("tied", "riemannian"):
            raise NoRuleError(
                f"a Hessian has no meaning here under the convention {self.problem.convention}",
                hint="the conventions for a Hessian are tangent and free",
            )
        self.gradient()
        outline, problem, algebra = self.outline, self.problem, self.algebra
        assert outline.result is not None
        gradient = algebra.normal(outline.result)
        name = problem.free_name("g" if gradient.shape[1] == 1 else "G", "g_1")
        symbol = algebra.table.var(name, gradient.shape)
        read_off = outline.events.pop().line  # df/dx = ...: said as the definition of g
        outline.claims.append(read_off)
        outline.say(NORMAL, name, outline.result, (*read_off.rules, "definition"), note="the gradient")
        self.lets.append(Let(name, symbol, gradient))
        self.moving = {problem.variable}
        self.differentiator = Differentiator(problem.rewriter, self.moving)
        dg = self.differentiator.d(gradient)
        outline.say(NORMAL, f"d{name}", self._shown(dg), self.differentiator.used(gradient))
        problem.simplifier.keep(gradient)
        result, used = self.columns(dg, f"d{name}")
        outline.steps.extend(self.differentiator.steps.values())
        variable = problem.variable.name
        shown = problem.display(result, traces=problem.variable.shape == SCALAR)
        outline.say(BRIEF, f"d2f/d{variable}2", shown, ("read-off", *used))
        outline.compact = outline.result = shown
        outline.lets = self.lets
        return outline
