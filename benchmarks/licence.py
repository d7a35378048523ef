"""Reading licences nobody tuned for: fonts and damage that appear nowhere else, per-field exact accuracy, CPU and memory, beside RapidOCR alone.

    python benchmarks/licence.py --pictures 40 --fonts /usr/share/fonts/truetype

Two sets. The errors on ``first`` were looked at once and taught the reader (a page full of watermarks, two columns found as one line, lost
brackets): its figures are those of a development set. ``second`` has other fonts and other damage and was only ever counted.
Fonts: Debian's fonts-arphic-gkai00mp, -gbsn00lp, -ukai, fonts-wqy-microhei, fonts-lxgw-wenkai, fonts-smiley-sans, fonts-noto-cjk. "RapidOCR
alone" is one pass of the library over the picture as it is, its lines given to the same labels: no cleaning, no turning,
no second look. Both sides read the same bytes in fresh processes.
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
from jiandu.demo.licence_pictures.licence import Licence
from jiandu.demo.licence_pictures.sheet import sheet
from jiandu.demo.licence_pictures.specimen import specimen
from jiandu.demo.licence_pictures.stamp import seal
from jiandu.demo.licence_pictures.truth import expected
from jiandu.licence import codes, engine, ink, read_licence
from jiandu.licence.fusion import candidates, fused
from jiandu.licence.layout import places
from jiandu.licence.page import Line, Page, ordered, slope
from jiandu.licence.picture import open_picture
from jiandu.licence.vocabulary import kind_of

SECOND = ("LXGWWenKai-Light.ttf", "LXGWWenKai-Bold.ttf", "SmileySans-Oblique.ttf", "NotoSerifCJK-Bold.ttc", "NotoSansCJK-Bold.ttc")
FIRST = ("gkai00mp.ttf", "gbsn00lp.ttf", "ukai.ttc", "wqy-microhei.ttc", "LXGWWenKai-Regular.ttf")
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


def curved(paper: Paper, rng: random.Random) -> Paper:
    """A sheet that does not lie flat: its lines bend by up to a line's height."""
    y, x = np.mgrid[0 : paper.height, 0 : paper.width].astype(np.float32)
    bend = rng.uniform(10, 18) * np.sin(x / paper.width * np.pi * rng.uniform(0.9, 1.6) + rng.uniform(0, 3)).astype(np.float32)
    return Image.fromarray(cv2.remap(np.asarray(paper), x, y + bend, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def scratched(paper: Paper, rng: random.Random) -> Paper:
    """Scratches and dust on the plastic cover: thin light and dark lines through the print."""
    marked = paper.copy()
    pen = ImageDraw.Draw(marked)
    for _ in range(26):
        x, y, reach = rng.randrange(paper.width), rng.randrange(paper.height), rng.randrange(60, 420)
        colour = rng.choice([(252, 252, 252), (150, 150, 150), (110, 105, 100)])
        pen.line((x, y, x + reach, y + rng.randrange(-120, 120)), fill=colour, width=rng.choice([1, 1, 2]))
    return marked


def vignette(paper: Paper, rng: random.Random) -> Paper:
    """A cheap lens: corners dark, colours bluish, a little soft."""
    y, x = np.mgrid[-1 : 1 : paper.height * 1j, -1 : 1 : paper.width * 1j]
    light = np.clip(1 - rng.uniform(0.3, 0.42) * (x**2 + y**2), 0, 1)[..., None] * np.array([0.82, 0.9, 1.0])
    return Image.fromarray(cv2.GaussianBlur((np.asarray(paper) * light).astype(np.uint8), (0, 0), 0.9))


def blue_net(paper: Paper, rng: random.Random) -> Paper:
    """A watermark in both directions at once, blue, with a shop's name."""
    layer = Image.new("RGBA", (2200, 2200), (0, 0, 0, 0))
    pen, face = ImageDraw.Draw(layer), faces.face(faces.found()[0], 38)
    for y in range(0, 2200, 190):
        for x in range(0, 2200, 420):
            pen.text((x + (y % 4) * 40, y), "商家证照 严禁盗用", font=face, fill=(70, 110, 200, 105))
    net = Image.alpha_composite(layer.rotate(rng.uniform(20, 35)), layer.rotate(-rng.uniform(20, 35)))
    net = net.crop((350, 350, 350 + paper.width, 350 + paper.height))
    return Image.alpha_composite(paper.convert("RGBA"), net).convert("RGB")


def milled(paper: Paper, rng: random.Random) -> Paper:
    """Through two platforms' mills: shrunk to 900 pixels, compressed, enlarged, compressed again."""
    small = paper.copy()
    small.thumbnail((900, 900), Image.Resampling.BILINEAR)
    once = Image.open(io.BytesIO(jpeg(small, 40)))
    return Image.open(io.BytesIO(jpeg(once.resize((once.width * 3 // 2, once.height * 3 // 2), Image.Resampling.BILINEAR), 45)))


def leaning(paper: Paper, rng: random.Random) -> Paper:
    """From far below and askew: the upper edge a sixth shorter than the lower one."""
    width, height = paper.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    pull = rng.uniform(0.10, 0.16) / 2 * width
    seen = np.array([[pull, 40], [width - pull * 0.5, 90], [width - 10, height - 60], [12, height - 20]], np.float32)
    table = cv2.getPerspectiveTransform(corners, seen)
    return Image.fromarray(cv2.warpPerspective(np.asarray(paper), table, paper.size, flags=cv2.INTER_CUBIC, borderValue=(48, 60, 52)))


def stained(paper: Paper, rng: random.Random) -> Paper:
    """Tea was spilt: brown, see-through, with a dark rim."""
    layer = Image.new("RGBA", paper.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for _ in range(3):
        x, y, reach = rng.randrange(paper.width), rng.randrange(200, paper.height), rng.randrange(120, 260)
        pen.ellipse((x - reach, y - reach * 0.7, x + reach, y + reach * 0.7), fill=(140, 95, 40, 85), outline=(110, 70, 30, 150), width=6)
    return Image.alpha_composite(paper.convert("RGBA"), layer).convert("RGB")


Damage = Callable[[Paper, random.Random], Paper]
SETS: dict[str, tuple[tuple[str, ...], tuple[Damage, ...], int]] = {
    "first": (FIRST, (motion, moire, shadow, noise, folded, red_lattice, two_seals, old_phone), 90_000),
    "second": (SECOND, (curved, scratched, vignette, blue_net, milled, leaning, stained), 190_000),
}
"""Name → fonts, damage, first seed."""


def picture(chosen: str, number: int, fonts: tuple[str, ...]) -> bytes:
    """The held-out picture of that number."""
    _, damage, seed = SETS[chosen]
    rng = random.Random(f"held out {seed} {number}")
    paper = sheet(licence(chosen, number), seed + number, (fonts[number % len(fonts)],))
    return jpeg(damage[number % len(damage)](paper, rng), rng.randint(55, 80))


def licence(chosen: str, number: int) -> Licence:
    """What is printed on it."""
    return specimen(SETS[chosen][2] + number, KINDS[number % len(KINDS)])


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
    page = Page(pixels, pixels, ink.relative(pixels), 0, lines, slope([line for line in lines if line.width > 3 * line.height]))
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


def score(name: str, chosen: str, pictures: list[bytes], verbose: bool) -> dict[str, float]:
    """Read all pictures in one fresh worker and print the table."""
    total, right, accepted, wrong = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    seconds, memory, damage = [], 0.0, SETS[chosen][1]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        worker.submit(measured, name, pictures[0]).result()  # loads the models
        for number, (fields, spent, held) in enumerate(worker.map(measured, [name] * len(pictures), pictures)):
            seconds.append(spent)
            memory = max(memory, held)
            for field, value in expected(licence(chosen, number)).items():
                read, good = fields.get(field, ("", False))
                total[field] += 1
                right[field] += read == value
                accepted[field] += good
                wrong[field] += good and read != value
                if verbose and read != value:
                    print(f"  {number:3d} {damage[number % len(damage)].__name__:12s} {field}: {read!r} ≠ {value!r}{' ACCEPTED' if good else ''}")
    print(f"\n{name}: {len(pictures)} pictures, {np.mean(seconds):.2f} CPU-s a picture (most {max(seconds):.2f}), {memory:.0f} MiB a worker")
    for field in total:
        bar = f"   to beat {BARS[field]:.2f}" if field in BARS else ""
        print(f"  {field:20s} {right[field] / total[field]:.3f} exact of {total[field]:3d}; accepted {accepted[field]:3d}, of them wrong {wrong[field]}{bar}")
    return {field: right[field] / total[field] for field in total}


def main() -> None:
    """Draw the held-out set, read it both ways, print what was seen."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pictures", type=int, default=40)
    arguments.add_argument("--fonts", type=Path, help="a folder with the held-out fonts besides the machine's own")
    arguments.add_argument("--only", choices=["ours", "alone"])
    arguments.add_argument("--verbose", action="store_true", help="every wrong field")
    arguments.add_argument("--set", choices=[*SETS], default="second")
    chosen = arguments.parse_args()
    wanted, damages, _ = SETS[chosen.set]
    there = {path.name: str(path) for path in chosen.fonts.rglob("*.tt?")} if chosen.fonts else {}
    fonts = faces.found(tuple(there.get(name, name) for name in wanted))
    print(f"set {chosen.set}; fonts: {', '.join(Path(font).name for font in fonts)}; damage: {', '.join(damage.__name__ for damage in damages)}")
    pictures = [picture(chosen.set, number, fonts) for number in range(chosen.pictures)]
    print(f"{sum(bool(codes.qr_text(open_picture(content).pixels)) for content in pictures)} of {len(pictures)} pictures show a QR code that can be read")
    results = {name: score(name, chosen.set, pictures, chosen.verbose) for name in ("ours", "alone") if chosen.only in (None, name)}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
