# SPDX-License-Identifier: MIT
"""tf.signal"""
from .cosine import dct, idct  # noqa: F401
from .fourier import (fft, fft2d, fft3d, fftshift, ifft, ifft2d, ifft3d, ifftshift, irfft, irfft2d, irfft3d, rfft,  # noqa: F401
                      rfft2d, rfft3d)
from .frames import frame, overlap_and_add  # noqa: F401
from .mel import linear_to_mel_weight_matrix, mfccs_from_log_mel_spectrograms  # noqa: F401
from .spectra import inverse_mdct, inverse_stft, inverse_stft_window_fn, mdct, stft  # noqa: F401
from .windows import (hamming_window, hann_window, kaiser_bessel_derived_window, kaiser_window,  # noqa: F401
                      vorbis_window)
