"""Reading licences nobody tuned for: fonts and damage that appear nowhere else, per-field exact accuracy, CPU and memory, beside RapidOCR alone.

    python benchmarks/licence.py --pictures 60 --fonts /usr/share/fonts/truetype

Fonts: Debian's fonts-arphic-gkai00mp, -gbsn00lp, -ukai, fonts-wqy-microhei, fonts-lxgw-wenkai. "RapidOCR alone" is one pass of the library over the
picture as it is, its lines given to the same labels: no cleaning, no turning, no second look. Both sides read the same bytes in fresh processes.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from jiandu.demo.licence_pictures import fonts as faces
from jiandu.demo.licence_pictures.camera import jpeg
from jiandu.demo.licence_pictures.sheet import sheet
from jiandu.demo.licence_pictures.specimen import specimen
from jiandu.demo.licence_pictures.stamp import seal
from jiandu.demo.licence_pictures.truth import expected
from jiandu.licence import codes, engine, read_licence
from jiandu.licence.fusion import candidates, fused
from jiandu.licence.layout import places
from jiandu.licence.page import Line, Page, ordered, slope
from jiandu.licence.picture import open_picture
from jiandu.licence.vocabulary import kind_of

HELD_OUT = ("gkai00mp.ttf", "gbsn00lp.ttf", "ukai.ttc", "wqy-microhei.ttc", "LXGWWenKai-Regular.ttf")
KINDS = ("food", "food", "business", "food", "food", "small_catering", "food", "business", "food", "filing")
BARS = {"uscc": 0.97, "licence_no": 0.95, "valid_until_date": 0.90, "business_items": 0.85}
"""What has to be beaten on unseen damage."""
Paper = Image.Image
Fields = dict[str, tuple[str, bool]]


def motion(paper: Paper, rng: random.Random) -> Paper:
    """A shaking hand: smeared along one direction."""
    length, kernel = rng.choice([5, 7]), np.zeros((9, 9), np.float32)
    cv2.line(kernel, (4 - length // 2, 4), (4 + length // 2, 4 + rng.choice([-2, 0, 2])), 1.0)
    return Image.fromarray(cv2.filter2D(np.asarray(paper), -1, kernel / kernel.sum()))


def moire(paper: Paper, rng: random.Random) -> Paper:
    """Photographed off a screen: fine waves of brightness and colour."""
    y, x = np.mgrid[0 : paper.height, 0 : paper.width]
    wave = np.sin(x * rng.uniform(0.5, 0.9) + y * rng.uniform(0.1, 0.4)) + np.sin(y * rng.uniform(0.6, 1.1))
    shift = np.stack([wave * 14, np.roll(wave, 2, 1) * 14, np.roll(wave, 4, 0) * 14], axis=2)
    return Image.fromarray(np.clip(np.asarray(paper) + shift, 0, 255).astype(np.uint8))


def shadow(paper: Paper, rng: random.Random) -> Paper:
    """The photographer's shadow: half the sheet at 40-55 % of the light."""
    y, x = np.mgrid[0 : paper.height, 0 : paper.width]
    edge = (x - rng.uniform(0.3, 0.7) * paper.width) * rng.choice([-1, 1]) + (y - paper.height / 2) * rng.uniform(-0.6, 0.6)
    light = 1 - (1 - rng.uniform(0.40, 0.55)) / (1 + np.exp(-edge / 25))
    return Image.fromarray((np.asarray(paper) * light[..., None]).astype(np.uint8))


def noise(paper: Paper, rng: random.Random) -> Paper:
    """Taken in the dark: dim, yellowish, grainy."""
    dim = np.asarray(paper).astype(np.float32) * np.array([0.72, 0.66, 0.52])
    return Image.fromarray(np.clip(dim + np.random.default_rng(rng.randrange(2**32)).normal(0, 14, dim.shape), 0, 255).astype(np.uint8))


def folded(paper: Paper, rng: random.Random) -> Paper:
    """Folded twice: bright and dark creases right through the print, the halves at a slight angle."""
    pixels = np.asarray(paper).astype(np.float32)
    for axis, length in ((0, paper.height), (1, paper.width)):
        at = round(length * rng.uniform(0.4, 0.62))
        distance = np.abs(np.arange(length) - at)
        crease = 1 - 0.45 * np.exp(-distance / 2.5) + 0.15 * np.exp(-np.abs(np.arange(length) - at - 7) / 4)
        pixels = pixels * (crease[:, None, None] if axis == 0 else crease[None, :, None])
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).transform(
        paper.size, Image.Transform.AFFINE, (1, rng.uniform(-0.05, 0.05), 0, rng.uniform(-0.03, 0.03), 1, 0), Image.Resampling.BICUBIC, fillcolor=(90, 90, 95))


def red_lattice(paper: Paper, rng: random.Random) -> Paper:
    """Another platform's watermark: red, dense, falling instead of rising, two lines of text."""
    layer = Image.new("RGBA", (2200, 2200), (0, 0, 0, 0))
    pen, face = ImageDraw.Draw(layer), faces.face(faces.found()[0], 30)
    for y in range(0, 2200, 105):
        for x in range(-(y % 3) * 90, 2200, 330):
            pen.text((x, y), "平台核验专用\n复印无效", font=face, fill=(215, 70, 60, 120))
    turned = layer.rotate(-rng.uniform(15, 28), resample=Image.Resampling.BICUBIC).crop((350, 350, 350 + paper.width, 350 + paper.height))
    return Image.alpha_composite(paper.convert("RGBA"), turned).convert("RGB")


def two_seals(paper: Paper, rng: random.Random) -> Paper:
    """Two more seals, one over each column."""
    stamped = paper.copy()
    for share in (0.3, 0.72):
        seal(stamped, "复印件与原件一致专用", (round(paper.width * share), round(paper.height * rng.uniform(0.3, 0.55))), 110, faces.found()[0])
    return stamped


def old_phone(paper: Paper, rng: random.Random) -> Paper:
    """Everything at once: 8-11 degrees askew, 1,000 pixels, soft, strongly compressed."""
    turned = paper.rotate(rng.choice([-1, 1]) * rng.uniform(8, 11), resample=Image.Resampling.BICUBIC, expand=True, fillcolor=(70, 60, 52))
    turned.thumbnail((1000, 1000))
    return Image.open(io.BytesIO(jpeg(turned, 35)))


DAMAGE: tuple[Callable[[Paper, random.Random], Paper], ...] = (motion, moire, shadow, noise, folded, red_lattice, two_seals, old_phone)


def picture(number: int, fonts: tuple[str, ...]) -> bytes:
    """The held-out picture of that number."""
    rng = random.Random(f"held out {number}")
    paper = sheet(specimen(90_000 + number, KINDS[number % len(KINDS)]), 90_000 + number, (fonts[number % len(fonts)],))
    return jpeg(DAMAGE[number % len(DAMAGE)](paper, rng), rng.randint(55, 80))


def ours(content: bytes) -> Fields:
    """Jiandu's reading: value and whether it was accepted."""
    return {name: (read.value, read.accepted) for name, read in read_licence(content).fields.items()}


def alone(content: bytes) -> Fields:
    """One pass of the library, its lines under the same labels."""
    pixels = open_picture(content).pixels
    found = engine._engine()(pixels, use_det=True, use_cls=True, use_rec=True)
    if found.boxes is None:
        return {}
    lines = [Line(ordered(box), text, {"raw": engine.Text(text, (score,) * len(text))})
             for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)]
    page = Page(pixels, pixels, 0, lines, slope([line for line in lines if line.width > 3 * line.height]))
    kind = kind_of([line.text for line in lines])
    if kind is None:
        return {}
    made = {name: fused(candidates(place, kind.fields[name], kind)) for name, place in places(page, kind).items()}
    return {name: (best.value.text, best.value.sound) for name, best in made.items() if best}


def measured(reader: str, content: bytes) -> tuple[Fields, float, float]:
    """A reading, its CPU seconds, and the most memory this process held so far (MiB)."""
    before = time.process_time()
    fields = {"ours": ours, "alone": alone}[reader](content)
    return fields, time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def score(name: str, pictures: list[bytes], verbose: bool) -> dict[str, float]:
    """Read all pictures in one fresh worker and print the table."""
    total, right, accepted, wrong = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    seconds, memory = [], 0.0
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        worker.submit(measured, name, pictures[0]).result()  # loads the models
        for number, (fields, spent, held) in enumerate(worker.map(measured, [name] * len(pictures), pictures)):
            seconds.append(spent)
            memory = max(memory, held)
            for field, value in expected(specimen(90_000 + number, KINDS[number % len(KINDS)])).items():
                read, good = fields.get(field, ("", False))
                total[field] += 1
                right[field] += read == value
                accepted[field] += good
                wrong[field] += good and read != value
                if verbose and read != value:
                    print(f"  {number:3d} {DAMAGE[number % len(DAMAGE)].__name__:12s} {field}: {read!r} ≠ {value!r}{' ACCEPTED' if good else ''}")
    print(f"\n{name}: {len(pictures)} pictures, {np.mean(seconds):.2f} CPU-s a picture (most {max(seconds):.2f}), {memory:.0f} MiB a worker")
    for field in total:
        bar = f"   to beat {BARS[field]:.2f}" if field in BARS else ""
        print(f"  {field:20s} {right[field] / total[field]:.3f} exact of {total[field]:3d}; accepted {accepted[field]:3d}, of them wrong {wrong[field]}{bar}")
    return {field: right[field] / total[field] for field in total}


def main() -> None:
    """Draw the held-out set, read it both ways, print what was seen."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pictures", type=int, default=60)
    arguments.add_argument("--fonts", type=Path, help="a folder with the held-out fonts besides the machine's own")
    arguments.add_argument("--only", choices=["ours", "alone"])
    arguments.add_argument("--verbose", action="store_true", help="every wrong field")
    chosen = arguments.parse_args()
    there = {path.name: str(path) for path in chosen.fonts.rglob("*.tt?")} if chosen.fonts else {}
    fonts = faces.found(tuple(there.get(name, name) for name in HELD_OUT))
    print(f"fonts: {', '.join(Path(font).name for font in fonts)}; damage: {', '.join(damage.__name__ for damage in DAMAGE)}")
    pictures = [picture(number, fonts) for number in range(chosen.pictures)]
    print(f"{sum(bool(codes.qr_text(open_picture(content).pixels)) for content in pictures)} of {len(pictures)} pictures show a QR code that can be read")
    results = {name: score(name, pictures, chosen.verbose) for name in ("ours", "alone") if chosen.only in (None, name)}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
