# SPDX-License-Identifier: MIT
# lockstep: tf1
"""A session trains: what it runs is rewritten, once for each set of fetches and feeds."""
import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 2], name="x")
y = tf.placeholder(tf.float32, [None, 1], name="y")
w = tf.get_variable("w", initializer=np.float32([[0.5], [-0.25]]))
b = tf.get_variable("b", initializer=np.float32([0.0]))
predicted = tf.add(tf.matmul(x, w), b, name="predicted")
loss = tf.reduce_mean(tf.square(predicted - y), name="loss")
train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    feed = {x: [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], y: [[1.0], [2.0], [3.0]]}
    for step in range(3):
        _, value = session.run([train, loss], feed)
        print(step, value)
    print(session.run(predicted, {x: [[2.0, 2.0]]}))
    print(session.run(loss, {predicted: [[0.0]], y: [[2.0]]}))
    final_w, final_b = session.run([w, b])
del w, b        # they have no value outside of the session
