"""What a user says about two tables: which column is what, how strict to be. One YAML file; every mistake is named by file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jiandu import content
from jiandu.errors import JianduError
from jiandu.matching.bands import Bands

HEADERS = {
    "key": ("key", "id", "编号", "序号", "当事人编号", "记录编号", "户编号", "entry_no", "party_no", "unique_id"),
    "name": ("name", "姓名", "名称", "当事人", "当事人姓名", "单位名称", "企业名称", "person_name", "party_name"),
    "former_name": ("former_name", "曾用名", "原名"),
    "id_no": ("id_no", "身份证号", "身份证号码", "证件号码", "证件号", "公民身份号码", "统一社会信用代码", "person_id_no", "uscc"),
    "birth_date": ("birth_date", "出生日期", "出生年月日", "生日"), "gender": ("gender", "性别"),
    "phone": ("phone", "电话", "联系电话", "手机", "手机号", "手机号码"), "address": ("address", "住址", "地址", "家庭住址", "住所", "户籍地址"),
    "county_code": ("county_code", "行政区划代码", "区划代码", "县代码"), "household": ("household", "户号", "household_no"),
    "died_on": ("died_on", "死亡日期"),
    "seen_on": ("seen_on", "受案日期", "登记日期", "case_date", "start_date"), "consequence": ("consequence", "金额", "应获赔偿金额（元）"),
}
"""Column names by which a field is guessed."""


POSITION = "#"
"""In place of a key column: no column numbers the rows, so their position does."""


class Side(BaseModel):
    """Columns of one table by what they are; a field that is not named is not compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    name: str
    former_name: str | None = None
    id_no: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    phone: str | None = None
    address: str | None = None
    county_code: str | None = None
    household: str | None = None
    seen_on: str | None = None
    died_on: str | None = None
    consequence: str | None = None
    encoding: str = Field("utf-8", description="Of a CSV file.")
    delimiter: str = ","

    @property
    def columns(self) -> dict[str, str]:
        """Field → column, without a key that is only a position."""
        named = self.model_dump(exclude={"encoding", "delimiter"})
        return {field: column for field, column in named.items() if column is not None and (field, column) != ("key", POSITION)}

    @model_validator(mode="after")
    def _more_than_a_name(self) -> Side:
        if len(set(self.columns) - {"key", "name"}) < 1:
            raise ValueError("a name alone never makes two records one: name at least one of id_no, birth_date, phone, address")
        return self


class Config(BaseModel):
    """A match of two tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["person", "organisation"] = "person"
    left: Side
    right: Side
    called: str = Field("名册", pattern=r"^[^'\"\\]{1,40}$", description="What sentences call the right table.")
    bands: Bands = Bands()
    model: Path | None = Field(None, description="Weights kept by an earlier run; trained on the two tables where none are given.")

    @model_validator(mode="after")
    def _consequence_of_the_left(self) -> Config:
        if self.right.consequence is not None:
            raise ValueError("right.consequence is never read: what a match would decide about stands in the left table")
        if self.bands.two_people_above is not None and self.left.consequence is None:
            raise ValueError("bands.two_people_above needs left.consequence: without the sums nobody would be asked twice")
        return self


def load(path: Path) -> Config:
    """The configuration of that file. Raises ``ContentError`` with every mistake, ``JianduError`` when there is no such file."""
    if not path.is_file():
        raise JianduError.at(str(path), "no such file", "jiandu match guess LEFT RIGHT writes one to start from")
    return content.read_unit(path, Config)


def guess(left: list[str], right: list[str], encodings: tuple[str, str] = ("utf-8", "utf-8")) -> str:
    """A configuration to start from, by the names of the columns and the encodings of the files; what was not recognised stands in comments."""
    lines = ["kind: person          # or organisation", "called: 名册           # what sentences call the right table"]
    for side, names, encoding in (("left", left, encodings[0]), ("right", right, encodings[1])):
        lines.append(f"{side}:")
        known: dict[str, str] = {}
        for field, headers in HEADERS.items():
            found = next((name for header in headers for name in names if name.strip().lower() == header), None)
            if found and found not in known.values() and (side, field) != ("right", "consequence"):
                known[field] = found
        lines += [f"  {field}: {known[field]}" for field in known]
        lines += [f'  key: "{POSITION}"   # no column numbers the rows, so their position does'] if "key" not in known else []
        lines += ["  # name: ?   # needed"] if "name" not in known else []
        lines += [f"  encoding: {encoding}"] if encoding != "utf-8" else []
        if rest := [name for name in names if name not in known.values()]:
            lines.append(f"  # not used: {', '.join(rest)}")
    return "\n".join([*lines, "bands: {one_right: true}   # at most one accepted right record for each left one", ""])
