"""How many cores a training may take, be it TensorFlow's or anybody else's part of it."""

import os

import tensorflow as tf


def limit_threads(count: int) -> None:
    """For a process that has not computed anything yet."""
    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def allowed_threads() -> int:
    """What this process was limited to; as many as there are cores if it was not."""
    return tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
