"""Pictures as cameras and programs write them."""

from __future__ import annotations

import io

from PIL import Image

from reportgen import pictures


def test_a_jpeg_with_a_second_picture_behind_it_is_a_jpeg() -> None:
    file = io.BytesIO()
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (16, 12), "blue")
    first.save(file, "MPO", save_all=True, append_images=[second])
    assert Image.open(io.BytesIO(file.getvalue())).format == "MPO"
    assert pictures.fault("report/images/aa.jpg", file.getvalue()) == ""
    assert pictures.fault("report/images/aa.png", file.getvalue()) == (
        "is a JPEG file, but its name says .png"
    )
