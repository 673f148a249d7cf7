# SPDX-License-Identifier: MIT
"""tf.linalg.LinearOperator and its kinds."""
from .base import LinearOperator  # noqa: F401
from .combined import (LinearOperatorAdjoint, LinearOperatorBlockDiag, LinearOperatorComposition,  # noqa: F401
                       LinearOperatorInversion, LinearOperatorKronecker, LinearOperatorLowRankUpdate)
from .dense import (LinearOperatorFullMatrix, LinearOperatorHouseholder, LinearOperatorLowerTriangular,  # noqa: F401
                    LinearOperatorPermutation, LinearOperatorToeplitz, LinearOperatorTridiag)
from .diagonal import (LinearOperatorDiag, LinearOperatorIdentity, LinearOperatorScaledIdentity,  # noqa: F401
                       LinearOperatorZeros)
