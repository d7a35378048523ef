"""Behaviour of public posts with a finding, in event time: signals, and the grade they give a warning."""

from jiandu.behaviour.grading import grade
from jiandu.behaviour.signal import TOPIC, Signal, SignalRefused, decode, encode

__all__ = ["TOPIC", "Signal", "SignalRefused", "decode", "encode", "grade"]
