"""Drives the real Anki library for realAnki.ts: one JSON object of commands in, one of findings out."""
import json
import os
import sys

from anki.collection import Collection, ExportAnkiPackageOptions, ImportAnkiPackageOptions, ImportAnkiPackageRequest
import anki.buildinfo


def importing(col, path):
    request = ImportAnkiPackageRequest(
        package_path=path,
        options=ImportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True),
    )
    log = col.import_anki_package(request).log
    return {
        kind: len(getattr(log, kind))
        for kind in ("new", "updated", "duplicate", "conflicting", "first_field_match", "missing_notetype",
                     "missing_deck", "empty_first_field")
    }


def state(col):
    notes = col.db.all("select id, guid, mid, tags, flds, csum, cast(sfld as text) from notes order by id")
    cards = []
    for (card_id,) in col.db.execute("select id from cards order by nid, ord"):
        card = col.get_card(card_id)
        memory = card.memory_state
        cards.append({
            "guid": card.note().guid,
            "ord": card.ord,
            "deck": col.decks.name(card.did),
            "type": int(card.type),
            "queue": int(card.queue),
            "dueIn": card.due - col.sched.today if card.type == 2 else card.due,
            "ivl": card.ivl,
            "reps": card.reps,
            "lapses": card.lapses,
            "flag": card.user_flag(),
            "stability": memory.stability if memory else None,
            "difficulty": memory.difficulty if memory else None,
            "question": card.question(),
            "answer": card.answer(),
        })
    return {
        "notes": [dict(zip(("id", "guid", "mid", "tags", "flds", "csum", "sfld"), row)) for row in notes],
        "cards": cards,
        "reviews": col.db.scalar("select count(*) from revlog"),
        "notetypes": sorted(m.name for m in col.models.all_names_and_ids() if m.name.startswith("Tracedeck")),
        "decks": {deck["name"]: deck_state(col, deck) for deck in col.decks.all() if col.decks.card_count(deck["id"], True)},
        "css": sorted(m["css"] for m in col.models.all() if "url(" in m["css"]),
        "media": sorted(f for f in os.listdir(col.media.dir())),
        "problems": col.fix_integrity()[0],
        "empty": sum(len(n.card_ids) for n in col.get_empty_cards().notes),
    }


def deck_state(col, deck):
    options = col.decks.config_dict_for_deck_id(deck["id"])
    said = {key: value for key, value in options.items() if key not in ("id", "mod", "usn")}
    return {"desc": deck["desc"], "md": deck.get("md", False), "options": said}


def main():
    folder, commands = sys.argv[1], json.load(sys.stdin)
    col = Collection(os.path.join(folder, "collection.anki2"))
    found = {"version": anki.buildinfo.version, "steps": []}
    for command in commands:
        if command["do"] == "import":
            found["steps"].append(importing(col, command["path"]))
        elif command["do"] == "state":
            found["steps"].append(state(col))
        elif command["do"] == "edit":
            note = col.get_note(col.db.scalar("select id from notes where guid = ?", command["guid"]))
            note.fields[command["field"]] = command["text"]
            note.mod = 0
            col.update_note(note)
            found["steps"].append(None)
        elif command["do"] == "fill":
            # Notes of Anki's own notetypes, as somebody else would have them.
            basic = col.models.by_name("Basic (and reversed card)")
            note = col.new_note(basic)
            col.media.write_data("_bg.png", b"\x89PNG bg")
            col.media.write_data("_font.ttf", b"font")
            basic["css"] += '@font-face { font-family: F; src: url(_font.ttf) } .card { background: url("_bg.png") }'
            col.models.update_dict(basic)
            note = col.new_note(basic)
            note["Front"], note["Back"] = "<b>front</b> &amp; more", '<img src="%s">' % col.media.write_data("p.png", b"\x89PNG....")
            note.tags = ["a", "b::c"]
            deck = col.decks.get(col.decks.id("Other::Deck"))
            options = col.decks.add_config("Slow")
            options["new"].update(perDay=3, delays=[2, 30], order=0)
            options["rev"].update(perDay=55, maxIvl=400, ease4=1.5)
            options["lapse"].update(leechFails=4, leechAction=0)
            options["desiredRetention"] = 0.85
            options["easyDaysPercentages"] = [1, 1, 1, 1, 1, 0.5, 0]
            options["fsrsParams6"] = [round(0.1 + n / 10, 2) for n in range(21)]
            col.decks.update_config(options)
            deck["conf"], deck["desc"] = options["id"], "About <i>this</i> deck"
            col.decks.save(deck)
            col.add_note(note, deck["id"])
            cloze = col.models.by_name("Cloze")
            note = col.new_note(cloze)
            note["Text"] = "{{c1::one}} and {{c2::two::hint}}"
            col.add_note(note, 1)
            occlusion = col.models.by_name("Image Occlusion")
            note = col.new_note(occlusion)
            note["Occlusion"] = "{{c1::image-occlusion:rect:left=.1:top=.2:width=.3:height=.4:oi=1}}"
            note["Image"] = '<img src="p.png">'
            col.add_note(note, 1)
            col.set_config("fsrs", True)
            card = col.get_card(col.db.scalar("select min(id) from cards"))
            for _ in range(3):
                card.start_timer()
                col.sched.answerCard(card, 4)
                card.load()
            found["steps"].append(None)
        elif command["do"] == "collection":
            col.close()
            media = os.path.join(folder, "collection.media")
            col._backend.import_collection_package(
                col_path=os.path.join(folder, "collection.anki2"), backup_path=command["path"],
                media_folder=media, media_db=os.path.join(folder, "collection.media.db2"),
            )
            col = Collection(os.path.join(folder, "collection.anki2"))
            found["steps"].append(None)
        elif command["do"] == "export":
            col.export_anki_package(
                out_path=command["path"],
                options=ExportAnkiPackageOptions(
                    with_scheduling=True, with_deck_configs=True, with_media=True, legacy=command["legacy"]
                ),
                limit=None,
            )
            found["steps"].append(None)
    col.close()
    json.dump(found, sys.stdout)


main()
