"""Early warning on public posts: the lean consumer that scores each post at once and is the one writer of live clues.

``post`` is what travels on Kafka, ``campaign`` says which posts belong together, ``door`` turns scored posts and behaviour signals into
clues, ``service`` runs it, ``settlement`` carries the journal into the lake.
"""

from __future__ import annotations
