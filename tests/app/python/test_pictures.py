# SPDX-License-Identifier: MIT
"""tf.image: colours against Python's colorsys, frames against NumPy, what is drawn by chance against what may come."""
import colorsys
import unittest

import numpy as np
import tensorflow as tf

DRAW = np.random.default_rng(11)
PICTURE = DRAW.random((4, 5, 3)).astype(np.float32)
IMAGE = tf.image


def each_pixel(function, picture):
    return np.array([[function(*pixel) for pixel in row] for row in picture.astype(float)])


class Colours(unittest.TestCase):
    def test_hue_saturation_value(self):
        hsv = IMAGE.rgb_to_hsv(PICTURE)
        np.testing.assert_allclose(hsv.numpy(), each_pixel(colorsys.rgb_to_hsv, PICTURE), atol=1e-6)
        np.testing.assert_allclose(IMAGE.hsv_to_rgb(hsv).numpy(), PICTURE, atol=1e-6)

    def test_luma(self):
        for luma in (IMAGE.rgb_to_yiq, IMAGE.rgb_to_yuv):
            np.testing.assert_allclose(luma(PICTURE).numpy()[..., 0], PICTURE @ [0.299, 0.587, 0.114], rtol=1e-5)
        for there, back in ((IMAGE.rgb_to_yiq, IMAGE.yiq_to_rgb), (IMAGE.rgb_to_yuv, IMAGE.yuv_to_rgb)):
            np.testing.assert_allclose(back(there(PICTURE)).numpy(), PICTURE, atol=1e-4)
        np.testing.assert_allclose(IMAGE.rgb_to_yuv([1.0, 0.0, 0.0]).numpy(), [0.299, -0.14714119, 0.61497538], rtol=1e-6)

    def test_adjusted(self):
        def turned(r, g, b):
            h, s, v = colorsys.rgb_to_hsv(r, g, b)
            return colorsys.hsv_to_rgb((h + 0.2) % 1, s, v)

        def paler(r, g, b):
            h, s, v = colorsys.rgb_to_hsv(r, g, b)
            return colorsys.hsv_to_rgb(h, s * 0.5, v)
        np.testing.assert_allclose(IMAGE.adjust_hue(PICTURE, 0.2).numpy(), each_pixel(turned, PICTURE), atol=2e-6)
        np.testing.assert_allclose(IMAGE.adjust_saturation(PICTURE, 0.5).numpy(), each_pixel(paler, PICTURE), atol=2e-6)
        np.testing.assert_allclose(IMAGE.adjust_gamma(PICTURE, 2.0, 0.5).numpy(), 0.5 * PICTURE ** 2, rtol=1e-6)
        x = [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[7.0, 8.0, 9.0], [10.0, 11.0, 12.0]]]
        np.testing.assert_allclose(IMAGE.adjust_hue(x, 0.2).numpy(), [[[2.4, 1, 3], [5.4, 4, 6]], [[8.4, 7, 9], [11.4, 10, 12]]],
                                   rtol=1e-6)
        np.testing.assert_allclose(IMAGE.adjust_saturation(x, 0.5).numpy(),
                                   [[[2, 2.5, 3], [5, 5.5, 6]], [[8, 8.5, 9], [11, 11.5, 12]]], rtol=1e-6)
        bytes_ = (PICTURE * 255).astype(np.uint8)
        self.assertEqual(IMAGE.adjust_hue(bytes_, 0.5).dtype, tf.uint8)
        with self.assertRaisesRegex(ValueError, "Gamma should be a non-negative real number"):
            IMAGE.adjust_gamma(PICTURE, -1)

    def test_edges_and_likeness(self):
        x = tf.reshape(tf.range(25, dtype=tf.float32), (1, 5, 5, 1))
        down, right = IMAGE.image_gradients(x)
        np.testing.assert_array_equal(down[0, :, :, 0].numpy(), [[5] * 5] * 4 + [[0] * 5])
        np.testing.assert_array_equal(right[0, :, :, 0].numpy(), [[1] * 4 + [0]] * 5)
        self.assertEqual(IMAGE.total_variation(x).numpy().tolist(), [20 * 5 + 20])
        edges = IMAGE.sobel_edges(x)
        self.assertEqual(edges.shape, (1, 5, 5, 1, 2))
        np.testing.assert_array_equal(edges[0, 2, 2, 0].numpy(), [4 * 10, 4 * 2])
        noisy = PICTURE + 0.1
        self.assertAlmostEqual(float(IMAGE.psnr(PICTURE, noisy, 1.0)), 20, 4)


class Frames(unittest.TestCase):
    def test_turned(self):
        for k in range(-1, 6):
            np.testing.assert_array_equal(IMAGE.rot90(PICTURE, k).numpy(), np.rot90(PICTURE, k))
            np.testing.assert_array_equal(IMAGE.rot90(PICTURE, tf.constant(k)).numpy(), np.rot90(PICTURE, k))
        np.testing.assert_array_equal(IMAGE.transpose([PICTURE])[0].numpy(), PICTURE.transpose(1, 0, 2))

    def test_cut_and_framed(self):
        np.testing.assert_array_equal(IMAGE.crop_to_bounding_box(PICTURE, 1, 2, 2, 3).numpy(), PICTURE[1:3, 2:5])
        framed = IMAGE.pad_to_bounding_box(PICTURE, 1, 2, 6, 9).numpy()
        np.testing.assert_array_equal(framed, np.pad(PICTURE, [(1, 1), (2, 2), (0, 0)]))
        np.testing.assert_array_equal(IMAGE.central_crop(PICTURE, 0.5).numpy(), PICTURE[1:3, 1:4])
        self.assertEqual(IMAGE.resize_with_crop_or_pad(PICTURE, 2, 7).shape, (2, 7, 3))
        np.testing.assert_array_equal(IMAGE.resize_with_crop_or_pad(PICTURE, 2, 7).numpy(),
                                      np.pad(PICTURE[1:3], [(0, 0), (1, 1), (0, 0)]))
        traced = tf.function(lambda x: IMAGE.central_crop(x, 0.5), input_signature=[tf.TensorSpec([None, None, 3])])
        np.testing.assert_array_equal(traced(PICTURE).numpy(), PICTURE[1:3, 1:4])
        with self.assertRaisesRegex(ValueError, "height must be >= target"):
            IMAGE.crop_to_bounding_box(PICTURE, 3, 0, 2, 2)
        with self.assertRaisesRegex(ValueError, "width must be <= target - offset"):
            IMAGE.pad_to_bounding_box(PICTURE, 0, 0, 4, 4)

    def test_parts_from_anywhere(self):
        found = IMAGE.stateless_random_crop(PICTURE, (2, 2, 3), seed=(1, 2)).numpy()
        self.assertTrue(any(np.array_equal(found, PICTURE[i:i + 2, k:k + 2]) for i in range(3) for k in range(4)))
        np.testing.assert_array_equal(found, IMAGE.stateless_random_crop(PICTURE, (2, 2, 3), seed=(1, 2)).numpy())
        self.assertEqual(IMAGE.random_crop(PICTURE, (1, 5, 3)).shape, (1, 5, 3))


class Chance(unittest.TestCase):
    def test_flips(self):
        pictures = np.stack([PICTURE] * 40)
        for flip, other in ((IMAGE.random_flip_left_right, PICTURE[:, ::-1]), (IMAGE.random_flip_up_down, PICTURE[::-1])):
            kinds = {(np.array_equal(y, other), np.array_equal(y, PICTURE)) for y in flip(pictures).numpy()}
            self.assertEqual(kinds, {(True, False), (False, True)})
        one = IMAGE.stateless_random_flip_left_right(PICTURE, (3, 4)).numpy()
        draw = tf.random.stateless_uniform([], (3, 4)).numpy()
        np.testing.assert_array_equal(one, PICTURE[:, ::-1] if draw < 0.5 else PICTURE)

    def test_light_and_colour(self):
        seed = (5, 6)
        draw = tf.random.stateless_uniform([], seed, -0.3, 0.3).numpy()
        np.testing.assert_allclose(IMAGE.stateless_random_brightness(PICTURE, 0.3, seed).numpy(), PICTURE + draw, rtol=1e-6)
        np.testing.assert_array_equal(IMAGE.stateless_random_hue(PICTURE, 0.3, seed).numpy(), IMAGE.adjust_hue(PICTURE, draw).numpy())
        factor = tf.random.stateless_uniform([], seed, 0.5, 1.5).numpy()
        np.testing.assert_array_equal(IMAGE.stateless_random_contrast(PICTURE, 0.5, 1.5, seed).numpy(),
                                      IMAGE.adjust_contrast(PICTURE, factor).numpy())
        np.testing.assert_array_equal(IMAGE.stateless_random_saturation(PICTURE, 0.5, 1.5, seed).numpy(),
                                      IMAGE.adjust_saturation(PICTURE, factor).numpy())
        for function in (IMAGE.random_contrast, IMAGE.random_saturation):
            self.assertEqual(function(PICTURE, 0.5, 1.5).shape, PICTURE.shape)
            with self.assertRaisesRegex(ValueError, "upper must be > lower"):
                function(PICTURE, 1.0, 0.5)
        for function in (IMAGE.random_brightness, IMAGE.random_hue):
            self.assertEqual(function(PICTURE, 0.1).shape, PICTURE.shape)


if __name__ == "__main__":
    unittest.main()
