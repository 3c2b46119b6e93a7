"""Tariff packs: national nomenclatures read from official files, kept whole, dated and signed.

`sources` reads one official shape a module (bytes in, lines out); `table` hangs the lines under
one another; `pack` writes and reads the one file a schedule is kept in; `note` signs and verifies
it; `lookup` answers what stands under a subheading; `changes` compares two packs. Nothing here
reads a clock, and only `pack.load_tariff` reads a file. The legal texts belong to the authorities:
no pack is shipped, each user imports the official file.
"""
