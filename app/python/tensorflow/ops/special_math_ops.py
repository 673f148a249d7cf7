# SPDX-License-Identifier: MIT
"""tf.math.special"""
import _lockstep

_ops = _lockstep.ops

bessel_i0 = _ops["BesselI0"]
bessel_i0e = _ops["BesselI0e"]
bessel_i1 = _ops["BesselI1"]
bessel_i1e = _ops["BesselI1e"]
bessel_j0 = _ops["BesselJ0"]
bessel_j1 = _ops["BesselJ1"]
bessel_k0 = _ops["BesselK0"]
bessel_k0e = _ops["BesselK0e"]
bessel_k1 = _ops["BesselK1"]
bessel_k1e = _ops["BesselK1e"]
bessel_y0 = _ops["BesselY0"]
bessel_y1 = _ops["BesselY1"]
dawsn = _ops["Dawsn"]
expint = _ops["Expint"]
fresnel_cos = _ops["FresnelCos"]
fresnel_sin = _ops["FresnelSin"]
spence = _ops["Spence"]
