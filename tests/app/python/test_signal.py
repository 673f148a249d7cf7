# SPDX-License-Identifier: MIT
"""tf.signal against numpy.fft and the formulas."""
import unittest

import numpy as np
import tensorflow as tf

S = tf.signal
DRAW = np.random.default_rng(11)


def normal(*shape):
    return DRAW.normal(size=shape)


def cosines(x, kind):
    """The sums that define the transform."""
    n = x.shape[-1]
    k, j = np.arange(n)[:, None], np.arange(n)[None, :]
    if kind == 1:
        ends = np.where((j == 0) | (j == n - 1), 1.0, 2.0)
        return x @ (ends * np.cos(np.pi * k * j / (n - 1))).T
    if kind == 2:
        return x @ (2 * np.cos(np.pi * k * (2 * j + 1) / (2 * n))).T
    if kind == 3:
        return x @ (np.where(j == 0, 1.0, 2.0) * np.cos(np.pi * j * (2 * k + 1) / (2 * n))).T
    return x @ (2 * np.cos(np.pi * (2 * j + 1) * (2 * k + 1) / (4 * n))).T


class Signal(unittest.TestCase):
    def same(self, tensor, expected, tolerance=1e-12):
        np.testing.assert_allclose(tensor.numpy(), expected, rtol=tolerance, atol=tolerance)

    def test_complex(self):
        x = normal(2, 3, 4, 6) + 1j * normal(2, 3, 4, 6)
        self.same(S.fft(x), np.fft.fft(x))
        self.same(S.ifft(x), np.fft.ifft(x))
        self.same(S.fft2d(x), np.fft.fft2(x))
        self.same(S.ifft2d(x), np.fft.ifft2(x))
        self.same(S.fft3d(x), np.fft.fftn(x, axes=(1, 2, 3)))
        self.same(S.ifft3d(x), np.fft.ifftn(x, axes=(1, 2, 3)))
        self.assertEqual(S.fft(x.astype(np.complex64)).dtype, tf.complex64)

    def test_real(self):
        x = normal(2, 4, 5, 6)
        t = tf.constant(x)
        self.same(S.rfft(t), np.fft.rfft(x))
        self.same(S.rfft2d(t), np.fft.rfft2(x))
        self.same(S.rfft3d(t), np.fft.rfftn(x, axes=(1, 2, 3)))
        for n in (1, 4, 9):
            self.same(S.rfft(t, [n]), np.fft.rfft(x, n))
        self.same(S.rfft2d(t, [7, 3]), np.fft.rfft2(x, [7, 3]))
        self.same(S.rfft3d(t, [2, 7, 8]), np.fft.rfftn(x, [2, 7, 8], (1, 2, 3)))
        self.assertEqual(S.rfft([1, 2, 3]).dtype, tf.complex64)     # float32 is preferred
        with self.assertRaisesRegex(ValueError, "RFFT requires tf.float32 or tf.float64"):
            S.rfft(tf.constant([1, 2, 3]))

    def test_back_to_real(self):
        x = tf.constant(normal(2, 4, 5, 6))
        self.same(S.irfft(S.rfft(x)), x)
        self.same(S.irfft2d(S.rfft2d(x)), x)
        self.same(S.irfft3d(S.rfft3d(x)), x)
        y = S.rfft(x)
        for n in (3, 5, 6, 12):
            self.same(S.irfft(y, [n]), np.fft.irfft(y.numpy(), n))

    def test_unknown_length(self):
        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float64), tf.TensorSpec([], tf.int32)])
        def spectrum(x, n):
            return S.rfft(x, [n]), S.stft(x, 4, 2), S.dct(x, 4, norm="ortho")
        x = normal(2, 10)
        for n in (6, 15):
            got, frames, cosine = spectrum(x, n)
            self.same(got, np.fft.rfft(x, n))
            self.same(frames, S.stft(x, 4, 2).numpy())
            self.same(cosine, cosines(x, 4) / np.sqrt(20))

    def test_gradient(self):
        x = tf.Variable(normal(8))
        with tf.GradientTape() as tape:
            energy = tf.reduce_sum(tf.abs(S.fft(tf.cast(x, tf.complex128))) ** 2)
        self.same(tape.gradient(energy, x), 16 * x.numpy())      # by Parseval's theorem 8 Σ x²

    def test_shifts(self):
        x = normal(3, 4, 5)
        for axes in (None, 1, [0, 2], (-1,)):
            self.same(S.fftshift(x, axes), np.fft.fftshift(x, axes))
            self.same(S.ifftshift(x, axes), np.fft.ifftshift(x, axes))

    def test_windows(self):
        for n in (1, 2, 8, 9):
            i, even = np.arange(n), 1 - n % 2
            self.same(S.hann_window(n, False, tf.float64), np.hanning(n))
            self.same(S.hamming_window(n, False, tf.float64), np.hamming(n))
            self.same(S.hann_window(n, dtype=tf.float64), np.hanning(n + even)[:n])
            self.same(S.hamming_window(n, dtype=tf.float64), np.hamming(n + even)[:n])
            self.same(S.kaiser_window(n, 5.0, tf.float64), np.kaiser(n, 5.0), 1e-6)
            self.same(S.vorbis_window(n, tf.float64), np.sin(np.pi / 2 * np.sin(np.pi * (i + 0.5) / n) ** 2))
        sums = np.cumsum(np.kaiser(5, 12.0))
        half = np.sqrt(sums[:-1] / sums[-1])
        self.same(S.kaiser_bessel_derived_window(8, dtype=tf.float64), np.concatenate([half, half[::-1]]), 1e-6)
        with self.assertRaisesRegex(ValueError, "dtype must be a floating point type"):
            S.hann_window(4, dtype=tf.int32)

    def test_frames(self):
        self.assertEqual(S.frame(tf.range(7), 3, 2).numpy().tolist(), [[0, 1, 2], [2, 3, 4], [4, 5, 6]])
        padded = S.frame(tf.range(7), 3, 2, pad_end=True, pad_value=-1)
        self.assertEqual(padded.numpy().tolist(), [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, -1, -1]])
        self.assertEqual(S.frame(tf.range(2), 3, 2).shape, [0, 3])
        x = normal(2, 9, 3)
        expected = np.stack([x[:, i:i + 4] for i in (0, 3)], 1)
        self.same(S.frame(x, 4, 3, axis=1), expected)
        self.same(S.frame(x, 4, 3, axis=-2), expected)

    def test_overlap_and_add(self):
        x = normal(2, 4, 5)
        for step in (1, 2, 5, 7):
            expected = np.zeros((2, 3 * step + 5))
            for i in range(4):
                expected[:, i * step:i * step + 5] += x[:, i]
            self.same(S.overlap_and_add(x, step), expected)

    def test_stft(self):
        x = normal(2, 64)
        window = np.hanning(17)[:16]
        expected = np.stack([np.fft.rfft(x[:, i:i + 16] * window, 32) for i in range(0, 49, 4)], 1)
        self.same(S.stft(x, 16, 4, 32), expected)
        self.assertEqual(S.stft(x, 12, 4).shape, [2, 14, 9])
        self.assertEqual(S.stft(x, 12, 4, pad_end=True).shape, [2, 16, 9])
        back = S.inverse_stft(S.stft(x, 16, 4), 16, 4, window_fn=S.inverse_stft_window_fn(4))
        self.same(back[:, 16:-16], x[:, 16:-16])
        longer = S.inverse_stft(S.stft(x, 12, 4, 16), 12, 4, 16, window_fn=S.inverse_stft_window_fn(4))
        self.same(longer[:, 12:-12], x[:, 12:-12])

    def test_cosines(self):
        x = normal(3, 7)
        for kind in (1, 2, 3, 4):
            self.same(S.dct(x, kind), cosines(x, kind))
            factor = 12 if kind == 1 else 14
            self.same(S.idct(S.dct(x, kind), kind) / factor, x)
        self.same(S.dct(x, n=9), cosines(np.pad(x, [(0, 0), (0, 2)]), 2))
        self.same(S.dct(x, n=4), cosines(x[:, :4], 2))
        scale = np.where(np.arange(7) == 0, np.sqrt(1 / 28), np.sqrt(1 / 14))
        self.same(S.dct(x, norm="ortho"), cosines(x, 2) * scale)
        for kind in (2, 3, 4):
            self.same(S.idct(S.dct(x, kind, norm="ortho"), kind, norm="ortho"), x)
        with self.assertRaisesRegex(ValueError, "Types I, II, III and IV"):
            S.dct(x, 5)

    def test_mdct(self):
        x = normal(2, 48)
        n, k = np.arange(16)[:, None], np.arange(8)[None, :]
        basis = 2 * np.cos(np.pi / 8 * (n + 0.5 + 4) * (k + 0.5))
        window = np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(16) + 0.5) / 16) ** 2)
        expected = np.stack([(x[:, i:i + 16] * window) @ basis for i in range(0, 33, 8)], 1)
        self.same(S.mdct(x, 16), expected)
        for norm in (None, "ortho"):
            for fn in (S.vorbis_window, S.kaiser_bessel_derived_window, None):
                back = S.inverse_mdct(S.mdct(x, 16, fn, norm=norm), fn, norm)
                self.same(back[:, 8:-8], x[:, 8:-8])

    def test_mel(self):
        def mel(hertz):
            return 1127.0 * np.log(1 + hertz / 700.0)
        bins, edges = mel(np.linspace(0, 4000, 65)), np.linspace(mel(100.0), mel(3500.0), 12)
        expected = np.array([[max(0, min((b - l) / (m - l), (r - b) / (r - m)))
                              for l, m, r in zip(edges, edges[1:], edges[2:])] for b in bins])
        self.same(S.linear_to_mel_weight_matrix(10, 65, 8000, 100.0, 3500.0, tf.float64), expected)
        self.assertEqual(S.linear_to_mel_weight_matrix().shape, [129, 20])
        with self.assertRaisesRegex(ValueError, "Nyquist"):
            S.linear_to_mel_weight_matrix(upper_edge_hertz=5000.0)
        logs = normal(2, 5, 10)
        self.same(S.mfccs_from_log_mel_spectrograms(logs), cosines(logs, 2) / np.sqrt(20))


if __name__ == "__main__":
    unittest.main()
