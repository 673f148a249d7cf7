# SPDX-License-Identifier: MIT
"""tf.nn"""
from .ops.math_ops import in_top_k, l2_normalize, sigmoid, softplus, tanh  # noqa: F401
from .ops.convolution_ops import (  # noqa: F401
    atrous_conv2d, atrous_conv2d_transpose, avg_pool, avg_pool1d, avg_pool2d, avg_pool3d, conv1d, conv1d_transpose, conv2d,
    conv2d_transpose, conv3d, conv3d_transpose, conv_transpose, convolution, depthwise_conv2d,
    depthwise_conv2d_backprop_filter, depthwise_conv2d_backprop_input, dilation2d, erosion2d, max_pool, max_pool1d,
    max_pool2d, max_pool3d, max_pool_with_argmax, pool, separable_conv2d)
from .ops.embedding_ops import embedding_lookup, embedding_lookup_sparse  # noqa: F401
from .ops.nn_norm import (  # noqa: F401
    batch_norm_with_global_normalization, batch_normalization, moments, normalize_moments, sufficient_statistics,
    weighted_moments)
from .ops.nn_ops import (  # noqa: F401
    bias_add, compute_average_loss, crelu, dropout, elu, experimental, gelu, l2_loss, leaky_relu, local_response_normalization, log_poisson_loss,
    log_softmax, lrn, relu, relu6, scale_regularization_loss, selu, sigmoid_cross_entropy_with_logits, silu, softmax,
    softmax_cross_entropy_with_logits, softsign, sparse_softmax_cross_entropy_with_logits, swish, top_k,
    weighted_cross_entropy_with_logits, zero_fraction)
from .ops.space_ops import batch_to_space, depth_to_space, space_to_batch, space_to_depth  # noqa: F401

# What few programs use is imported when it is asked for.
_ELSEWHERE = {"collapse_repeated": "ctc_ops", "ctc_beam_search_decoder": "ctc_ops", "ctc_greedy_decoder": "ctc_ops",
              "ctc_loss": "ctc_ops", "ctc_unique_labels": "ctc_ops", "all_candidate_sampler": "candidate_ops",
              "compute_accidental_hits": "candidate_ops", "nce_loss": "sampled_loss", "sampled_softmax_loss": "sampled_loss"}


def __getattr__(name: str):
    if name not in _ELSEWHERE:
        raise AttributeError(f"module 'tensorflow.nn' has no attribute {name!r}")
    import importlib
    return getattr(importlib.import_module("tensorflow.ops." + _ELSEWHERE[name]), name)
