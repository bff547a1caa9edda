"""Drives Mnemosyne's own library for realMnemosyne.ts, by the front end that it has for scripts: no window is opened.

Arguments: a data folder, which may be new; then packages to import, one after another. Prints what the database holds
afterwards, or what an import failed with, as one JSON object.
"""
import contextlib
import io
import json
import os
import sys
import traceback
import warnings

# What it lacks to speak and to translate plays no part here.
warnings.simplefilter("ignore")

from mnemosyne.script import Mnemosyne
from mnemosyne.version import version

PROGRESS = ("Decompressing", "Processing media", "Copying media", "Importing ")


def state(program):
    db = program.database()
    cards = []
    for (row,) in db.con.execute("select _id from cards order by id").fetchall():
        card = db.card(row, is_id_internal=True)
        names = dict(card.card_type.fact_keys_and_names)
        cards.append({
            "id": card.id,
            "fact": card.fact.id,
            "type": card.card_type.name,
            "view": card.fact_view.name,
            "ord": card.extra_data["ord"],
            "fields": {names[key]: text for key, text in card.fact.data.items()},
            "tags": sorted(tag.name for tag in card.tags),
            "grade": card.grade,
            "lapses": card.lapses,
            "repetitions": card.ret_reps,
            "intervalDays": (card.next_rep - card.last_rep) / 86400 if card.grade >= 0 else None,
            "nextRepS": card.next_rep,
            # As its browser shows them: without the style sheet.
            "question": card.question(render_chain="plain_text"),
            "answer": card.answer(render_chain="plain_text"),
        })
    return {
        "facts": db.con.execute("select count(*) from facts").fetchone()[0],
        "cards": cards,
        "sets": sorted(criterion.name for criterion in db.criteria()),
        "repetitions": db.con.execute("select count(*) from log where event_type = 9").fetchone()[0],
        "media": sorted(name for name in os.listdir(db.media_dir()) if not name.startswith("_")),
    }


def main():
    folder, packages = sys.argv[1], sys.argv[2:]
    found = {"version": version, "failed": None}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        program = Mnemosyne(data_dir=folder)
        # Mnemosyne prints uncaught errors to where its answers are read from.
        sys.excepthook = sys.__excepthook__
        importer = next(f for f in program.component_manager.all("file_format") if type(f).__name__ == "Anki2")
        try:
            for package in packages:
                importer.do_import(package)
            program.database().save()
            found.update(state(program))
            program.finalise()
        except Exception:
            found["failed"] = traceback.format_exc()
    lines = [line for line in said.getvalue().splitlines() if line.strip() and not line.startswith(PROGRESS)]
    found["said"] = lines
    json.dump(found, sys.stdout)


main()
