# SPDX-License-Identifier: MIT
"""Pictures resized, cut, seen through windows, and boxes of them chosen; against formulas in NumPy."""
import unittest

import numpy as np
import tensorflow as tf

I, V1 = tf.image, tf.compat.v1.image
DRAW = np.random.default_rng(5)
KERNELS = {"bilinear": (1, lambda x: np.maximum(0, 1 - x)),
           "lanczos3": (3, lambda x: np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0)),
           "lanczos5": (5, lambda x: np.where(x < 5, np.sinc(x) * np.sinc(x / 5), 0)),
           "bicubic": (2, lambda x: np.where(x < 1, (1.5 * x - 2.5) * x * x + 1,
                                             np.where(x < 2, ((-0.5 * x + 2.5) * x - 4) * x + 2, 0))),
           "mitchellcubic": (2, lambda x: np.where(x < 1, (7 * x - 12) * x * x + 16 / 3,
                                                   np.where(x < 2, ((-7 / 3 * x + 12) * x - 20) * x + 32 / 3, 0)) / 6)}


def weights(old, new, method, antialias):
    """[new, old]: what each old pixel gives to each new one, by half-pixel centers."""
    scale = old / new
    wide = max(scale, 1) if antialias else 1
    centers = (np.arange(new) + 0.5) * scale
    w = KERNELS[method][1](np.abs(np.arange(old)[None] + 0.5 - centers[:, None]) / wide)
    return w / w.sum(1, keepdims=True)


def resized(x, height, width, method, antialias=False):
    rows, columns = (weights(*n, method, antialias) for n in ((x.shape[-3], height), (x.shape[-2], width)))
    return np.einsum("ij,...jkc,lk->...ilc", rows, x, columns)


class Resize(unittest.TestCase):
    def same(self, tensor, expected, tolerance=2e-5):
        np.testing.assert_allclose(tensor.numpy(), expected, rtol=tolerance, atol=tolerance)

    def test_kernels(self):
        x = DRAW.normal(size=(2, 7, 9, 3)).astype(np.float32)
        for method in KERNELS:
            self.same(I.resize(x, [3, 4], method, antialias=True), resized(x, 3, 4, method, True), 2e-3)
            self.same(I.resize(x, [13, 11], method, antialias=True), resized(x, 13, 11, method, True), 2e-3)
        self.same(I.resize(x, [13, 11], "lanczos3"), resized(x, 13, 11, "lanczos3"), 2e-3)

    def test_bilinear(self):
        """Edges are repeated, which normalized weights come to as well."""
        x = DRAW.normal(size=(2, 5, 6, 2)).astype(np.float32)
        self.same(I.resize(x, [9, 4]), resized(x, 9, 4, "bilinear"))
        self.assertEqual(I.resize(x[0], [9, 4]).shape, [9, 4, 2])
        self.assertEqual(I.resize(x.astype(np.uint8), [9, 4]).dtype, tf.float32)

    def test_nearest_and_area(self):
        x = np.arange(24).reshape(4, 6, 1)
        nearest = I.resize(x, [2, 3], I.ResizeMethod.NEAREST_NEIGHBOR)
        self.assertEqual((nearest.dtype, nearest.numpy().ravel().tolist()), (tf.int64, [7, 9, 11, 19, 21, 23]))
        self.assertEqual(I.resize(x, [2, 3], "area").numpy().ravel().tolist(), [3.5, 5.5, 7.5, 15.5, 17.5, 19.5])

    def test_sizes(self):
        x = tf.zeros([1, 4, 6, 1])
        self.assertEqual(I.resize(x, [2, 12], preserve_aspect_ratio=True).shape, [1, 2, 3, 1])
        with self.assertRaisesRegex(ValueError, "either 3 or 4 dimensions"):
            I.resize(tf.zeros([4, 6]), [2, 2])
        with self.assertRaisesRegex(ValueError, "1-D Tensor of 2 elements"):
            I.resize(x, [2])
        with self.assertRaisesRegex(ValueError, "Resize method is not implemented: cubic"):
            I.resize(x, [2, 2], "cubic")

    def test_gradient(self):
        x = tf.Variable(DRAW.normal(size=(1, 5, 6, 1)).astype(np.float32))
        for method, antialias in (("bilinear", False), ("bicubic", True), ("lanczos3", True)):
            with tf.GradientTape() as tape:
                y = I.resize(x, [3, 4], method, antialias=antialias)
            rows, columns = (weights(*n, method, antialias).sum(0) for n in ((5, 3), (6, 4)))
            self.same(tape.gradient(y, x)[0, ..., 0], np.outer(rows, columns), 2e-3)

    def test_borders(self):
        x = np.arange(1, 25, dtype=np.float32).reshape(4, 6, 1)
        padded = I.resize_with_pad(x, 5, 5).numpy()
        self.same(tf.constant(padded[:3]), resized(x, 3, 5, "bilinear"))
        self.assertFalse(padded[3:].any())
        self.assertEqual(I.resize_with_pad(x, 9, 6).numpy()[2:6, :, 0].tolist(), x[..., 0].tolist())
        expected = np.pad(x[:, 1:4], [(0, 1), (0, 0), (0, 0)])
        self.same(I.resize_with_crop_or_pad(x, 5, 3), expected)
        self.same(I.resize_with_crop_or_pad(x[None], 7, 9), np.pad(x, [(1, 2), (1, 2), (0, 0)])[None])
        self.same(I.central_crop(x, 0.5), x[1:3, 1:5])
        self.same(I.pad_to_bounding_box(x, 1, 2, 6, 9), np.pad(x, [(1, 1), (2, 1), (0, 0)]))
        with self.assertRaisesRegex(ValueError, "width must be >= target"):
            I.crop_to_bounding_box(x, 0, 3, 2, 4)

    def test_unknown_sizes(self):
        @tf.function(input_signature=[tf.TensorSpec([None, None, 1])])
        def outputs(x):
            return I.resize_with_pad(x, 5, 5), I.resize_with_crop_or_pad(x, 5, 3), I.resize(x, [3, 12], preserve_aspect_ratio=True)
        x = DRAW.normal(size=(4, 6, 1)).astype(np.float32)
        pad, crop, kept = outputs(x)
        self.same(pad, I.resize_with_pad(x, 5, 5).numpy())
        self.same(crop, I.resize_with_crop_or_pad(x, 5, 3).numpy())
        self.assertEqual(kept.shape, [3, 4, 1])

    def test_version_1(self):
        x = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
        self.assertEqual(V1.resize_images(x, [2, 2]).numpy().ravel().tolist(), [0, 2, 8, 10])
        self.assertEqual(V1.resize_bilinear(x, [2, 2], True).numpy().ravel().tolist(), [0, 3, 12, 15])
        self.assertEqual(V1.resize_images(x, [2, 2], V1.ResizeMethod.NEAREST_NEIGHBOR).numpy().ravel().tolist(), [0, 2, 8, 10])
        self.assertEqual(V1.resize_area(x, [2, 2]).numpy().ravel().tolist(), [2.5, 4.5, 10.5, 12.5])


class Boxes(unittest.TestCase):
    BOXES = [[0, 0, 1, 1], [0, 0, 1, 0.9], [0, 0.5, 1, 1.5], [2, 2, 3, 3]]
    SCORES = [0.6, 0.9, 0.8, 0.7]

    def test_crops(self):
        x = np.arange(25, dtype=np.float32).reshape(1, 5, 5, 1)
        crops = I.crop_and_resize(x, [[0, 0, 1, 1], [0.5, 0.5, 0, 0], [0, 0, 2, 1]], [0, 0, 0], [3, 2], extrapolation_value=-1)
        expected = [[0, 4, 10, 14, 20, 24], [12, 10, 7, 5, 2, 0], [0, 4, 20, 24, -1, -1]]
        self.assertEqual(crops.numpy().reshape(3, 6).tolist(), expected)

    def test_patches(self):
        x = np.arange(24).reshape(1, 4, 6, 1)
        patches = I.extract_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
        self.assertEqual(patches.numpy()[0, 1].tolist(), [[12, 13, 18, 19], [14, 15, 20, 21], [16, 17, 22, 23]])
        apart = I.extract_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 3, 4, 1], "VALID")
        self.assertEqual(apart.numpy()[0, 0].tolist(), [[0, 4, 18, 22], [1, 5, 19, 23]])
        volume = np.arange(16).reshape(1, 2, 2, 4, 1)
        seen = tf.extract_volume_patches(volume, [1, 2, 2, 2, 1], [1, 1, 1, 2, 1], "VALID").numpy()
        self.assertEqual(seen.tolist(), [[[[[0, 1, 4, 5, 8, 9, 12, 13], [2, 3, 6, 7, 10, 11, 14, 15]]]]])

    def test_suppression(self):
        self.assertEqual(I.non_max_suppression(self.BOXES, self.SCORES, 4).numpy().tolist(), [1, 2, 3])
        self.assertEqual(I.non_max_suppression(self.BOXES, self.SCORES, 4, 0.95).numpy().tolist(), [1, 2, 3, 0])
        self.assertEqual(I.non_max_suppression(self.BOXES, self.SCORES, 4, 0.2, 0.75).numpy().tolist(), [1])

    def test_soft(self):
        places, scores = I.non_max_suppression_with_scores(self.BOXES, self.SCORES, 4, 1.0, soft_nms_sigma=0.5)
        overlap = 0.4 / 1.5
        self.assertEqual(places.numpy().tolist(), [1, 2 if 0.8 * np.exp(-overlap ** 2) > 0.7 else 3, 3, 0])
        last = 0.6 * np.exp(-0.9 ** 2 - (1 / 3) ** 2)
        np.testing.assert_allclose(scores.numpy(), [0.9, 0.8 * np.exp(-overlap ** 2), 0.7, last], rtol=1e-5)

    def test_padded(self):
        places, n = I.non_max_suppression_padded(self.BOXES, self.SCORES, 5, pad_to_max_output_size=True)
        self.assertEqual((places.numpy().tolist(), int(n)), ([1, 2, 3, 0, 0], 3))
        batch = I.non_max_suppression_padded([self.BOXES] * 2, [self.SCORES, self.SCORES[::-1]], 5, pad_to_max_output_size=True)
        self.assertEqual([b.numpy().tolist() for b in batch], [[[1, 2, 3, 0, 0], [2, 1, 3, 0, 0]], [3, 3]])


class Shapes(unittest.TestCase):
    def test_broadcast(self):
        self.assertEqual(tf.broadcast_dynamic_shape([2, 1, 3], [5, 3]).numpy().tolist(), [2, 5, 3])
        self.assertEqual(tf.broadcast_dynamic_shape([], tf.constant([5, 3])).numpy().tolist(), [5, 3])
        with self.assertRaises(tf.errors.InvalidArgumentError):
            tf.broadcast_dynamic_shape([2], [3])


if __name__ == "__main__":
    unittest.main()
