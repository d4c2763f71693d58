"""The kinds of mistakes that a diagnosis names, each in a sentence."""

KINDS = {
    "transpose-colon": "a transpose is lost or wrong where a factor moved across the colon",
    "transpose": "a transpose is missing, or one too many",
    "order": "factors that do not commute stand in the wrong order",
    "trace-cycle": "the product under a trace was not rotated, but put into another order",
    "sign": "a sign is wrong",
    "factor-2": "a factor 2 is missing, or one too many",
    "product-rule": "a term of the product rule is missing",
    "chain-rule": "an inner derivative is missing or wrong",
    "inverse-rule": "the differential of an inverse is not that of a reciprocal: d(inv(M)) = -inv(M)*dM*inv(M)",
    "logdet": "the gradient of a log-determinant is the transposed inverse",
    "norm-chain": "the denominator or the exponent of a norm, a root or a quotient is wrong",
    "hadamard": "an entrywise product and a matrix product are confused, or an entrywise factor is lost",
    "diag": "a diagonal, a diagonal matrix and row sums are confused",
    "kron-order": "the factors of a Kronecker product stand in the wrong order, or without a transpose",
    "shape": "an inner and an outer product are confused, or the shapes do not fit",
    "symmetric": "a symmetry was assumed which is not given, or the ties of a structured variable are counted wrongly",
    "index": "the indices of both sides differ",
    "left-side": "the left side has another function than f",
}
