"""Writes tensorboard.json: event files' records and masked checksums as PyPI's tensorboard writes them.

    pip install tensorboard && python make_tensorboard.py [FOLDER]

A record is the bytes that its RecordWriter puts into a file for a message made of its own protobuf classes, in hexadecimal.
"""

import io

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.summary.writer.record_writer import RecordWriter

from drawn import write_lines

TOLERANCE = 0  # bytes
TIME = 1764378000.25


class Kept(io.BytesIO):
    def close(self):
        pass


def record(event):
    kept = Kept()
    RecordWriter(kept).write(event.SerializeToString())
    return kept.getvalue().hex()


def scalars(step, values, wall_time=TIME):
    values = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
    return Event(wall_time=wall_time, step=step, summary=Summary(value=values))


CHECKED = ["", "a", "123456789", "loss", "\u00e9\u00df", "0" * 300]
EVENTS = {
    "version": Event(wall_time=TIME, file_version="brain.Event:2"),
    "session_start": Event(wall_time=TIME, step=129, session_log=SessionLog(status=SessionLog.START)),
    "one_scalar": scalars(1, {"loss": 2.5}),
    "step_0": scalars(0, {"collapsed": 0.0, "epoch": 0.0, "rank_me": 21.2}),
    "large_step": scalars(5_000_000_000, {"learning_rate": 1e-30}),
    "many": scalars(300, {f"figure_{at}": at / 7 - 1 for at in range(20)}),
}

if __name__ == "__main__":
    write_lines(
        "tensorboard.json",
        {
            "masked_crc32c": {text: masked_crc32c(text.encode()) for text in CHECKED},
            "records": {name: record(event) for name, event in EVENTS.items()},
        },
    )
