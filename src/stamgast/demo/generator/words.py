"""Names of people, places and things: a Dutch shop that does not exist."""

from __future__ import annotations

CATEGORIES: tuple[tuple[str, str, str, int, int, int], ...] = (
    # top, category, what one is called, lowest and highest price in euros, returned of a million
    ("Dames", "Jurken", "Jurk", 35, 140, 260_000),
    ("Dames", "Blouses", "Blouse", 25, 90, 200_000),
    ("Dames", "Truien en vesten", "Trui", 30, 120, 170_000),
    ("Dames", "Broeken", "Broek", 40, 120, 260_000),
    ("Dames", "Rokken", "Rok", 30, 90, 220_000),
    ("Dames", "Jassen", "Jas", 70, 260, 240_000),
    ("Dames", "Schoenen", "Schoen", 50, 170, 280_000),
    ("Dames", "Tassen", "Tas", 25, 180, 110_000),
    ("Heren", "Overhemden", "Overhemd", 35, 110, 180_000),
    ("Heren", "T-shirts", "T-shirt", 15, 50, 110_000),
    ("Heren", "Truien en vesten", "Vest", 40, 140, 150_000),
    ("Heren", "Broeken", "Chino", 45, 130, 220_000),
    ("Heren", "Jassen", "Winterjas", 90, 300, 210_000),
    ("Heren", "Schoenen", "Veterschoen", 60, 190, 250_000),
    ("Kinderen", "Meisjes", "Meisjesjurk", 15, 60, 140_000),
    ("Kinderen", "Jongens", "Jongensbroek", 15, 60, 140_000),
    ("Kinderen", "Baby", "Rompertje", 10, 35, 70_000),
    ("Kinderen", "Speelgoed", "Houten speelgoed", 10, 80, 40_000),
    ("Wonen", "Kussens en plaids", "Kussen", 15, 70, 60_000),
    ("Wonen", "Verlichting", "Tafellamp", 30, 220, 80_000),
    ("Wonen", "Servies", "Schaal", 8, 60, 40_000),
    ("Wonen", "Beddengoed", "Dekbedovertrek", 30, 140, 70_000),
    ("Wonen", "Handdoeken", "Handdoek", 8, 40, 30_000),
    ("Wonen", "Kaarsen en geur", "Geurkaars", 8, 45, 20_000),
    ("Wonen", "Manden en opbergen", "Mand", 12, 80, 50_000),
    ("Keuken", "Pannen", "Braadpan", 30, 240, 50_000),
    ("Keuken", "Messen", "Koksmes", 20, 180, 30_000),
    ("Keuken", "Koffie en thee", "Theepot", 12, 120, 40_000),
    ("Keuken", "Bakken", "Bakvorm", 8, 50, 30_000),
    ("Tuin", "Tuinmeubels", "Tuinstoel", 50, 320, 90_000),
    ("Tuin", "Potten en planten", "Bloempot", 8, 70, 40_000),
    ("Verzorging", "Bad en douche", "Badolie", 6, 35, 20_000),
    ("Verzorging", "Huid", "Dagcreme", 10, 70, 30_000),
    ("Verzorging", "Parfum", "Eau de parfum", 35, 140, 40_000),
    ("Sieraden", "Horloges", "Horloge", 60, 320, 110_000),
    ("Sieraden", "Kettingen", "Ketting", 20, 160, 90_000),
    ("Sieraden", "Oorbellen", "Oorbellen", 12, 90, 70_000),
    ("Cadeaus", "Boeken", "Boek", 12, 45, 30_000),
    ("Cadeaus", "Chocolade", "Chocolade", 6, 35, 5_000),
    ("Cadeaus", "Spelletjes", "Bordspel", 12, 60, 40_000),
)
BRANDS = (
    "Veldkant", "Noorderlicht", "Huis & Haard", "Lief Leed", "Kanaal 12", "Meent", "Zeeuws Blauw",
    "Dageraad", "Van Toen", "Wilgen", "Oever", "Stille Straat", "Bij Koos", "Grootmoeders",
    "Polder & Co", "Linde", "Vuurtoren", "Tweede Leven", "Rood Koper", "Ambacht",
)  # fmt: skip
MODELS = (
    "Noor", "Saar", "Juul", "Fleur", "Loes", "Roos", "Teun", "Bram", "Guus", "Jip", "Pien", "Tess",
    "Vlieland", "Texel", "Ameland", "Veere", "Hindeloopen", "Giethoorn", "Delft", "Thorn", "Zutphen",
)  # fmt: skip
COLOURS = (
    "zwart", "wit", "donkerblauw", "zand", "olijfgroen", "roest", "lichtgrijs", "bordeaux",
    "oudroze", "oker", "petrol", "naturel",
)  # fmt: skip
WOMEN = (
    "Anna", "Maria", "Sanne", "Lotte", "Emma", "Julia", "Eva", "Sophie", "Lisa", "Fenna", "Femke",
    "Marieke", "Ingrid", "Annelies", "Wilma", "Truus", "Fatima", "Aylin", "Samira", "Priya", "Mei",
    "Roos", "Tess", "Iris", "Noa", "Marloes", "Esther", "Hanneke", "Joke", "Ria", "Chantal", "Kim",
    "Naomi", "Yasmina", "Renée", "Chloë", "Liesbeth", "Marjolein", "Petra", "Saskia",
)  # fmt: skip
MEN = (
    "Jan", "Piet", "Thijs", "Daan", "Sem", "Lucas", "Bram", "Lars", "Jeroen", "Pieter", "Willem",
    "Hendrik", "Kees", "Mohammed", "Youssef", "Emre", "Ravi", "Wei", "Tom", "Tim", "Ruben", "Stijn",
    "Gijs", "Koen", "Sander", "Maarten", "Arjan", "Bas", "Erik", "Joost", "Marcel", "Ronald", "Sjoerd",
    "Tjeerd", "Wouter", "Dennis", "Kevin", "Noah", "Levi", "Hugo",
)  # fmt: skip
SURNAMES = (
    ("de", "Jong"), ("", "Jansen"), ("de", "Vries"), ("van den", "Berg"), ("van", "Dijk"),
    ("", "Bakker"), ("", "Janssen"), ("", "Visser"), ("", "Smit"), ("", "Meijer"), ("de", "Boer"),
    ("", "Mulder"), ("de", "Groot"), ("", "Bos"), ("", "Vos"), ("", "Peters"), ("", "Hendriks"),
    ("van", "Leeuwen"), ("", "Dekker"), ("", "Brouwer"), ("de", "Wit"), ("", "Dijkstra"),
    ("", "Smits"), ("de", "Graaf"), ("van der", "Meer"), ("van der", "Linden"), ("", "Kok"),
    ("", "Jacobs"), ("de", "Haan"), ("", "Vermeulen"), ("van den", "Heuvel"), ("van der", "Veen"),
    ("van den", "Broek"), ("de", "Bruin"), ("van der", "Heijden"), ("", "Schouten"), ("", "Willems"),
    ("van", "Vliet"), ("", "Hoekstra"), ("", "Koster"), ("", "Verhoeven"), ("in 't", "Veld"),
    ("van 't", "Hof"), ("ten", "Brink"), ("ter", "Horst"), ("op den", "Kamp"), ("", "Yilmaz"),
    ("el", "Amrani"), ("", "Singh"), ("", "Nguyen"), ("", "Pinas"), ("", "Kowalski"), ("", "Postma"),
    ("", "Veenstra"), ("van de", "Ven"), ("'s", "Gravesande"), ("", "Wouters"), ("", "Timmermans"),
    ("van der", "Wal"), ("de", "Leeuw"),
)  # fmt: skip
CITIES: tuple[tuple[str, int, int, int], ...] = (
    # name, first and last postcode, how many live there
    ("Amsterdam", 1011, 1109, 92), ("Rotterdam", 3011, 3089, 66), ("Den Haag", 2491, 2597, 56),
    ("Utrecht", 3511, 3585, 37), ("Eindhoven", 5611, 5658, 24), ("Groningen", 9711, 9747, 24),
    ("Tilburg", 5011, 5049, 23), ("Almere", 1311, 1363, 22), ("Breda", 4811, 4839, 18),
    ("Nijmegen", 6511, 6546, 18), ("Apeldoorn", 7311, 7339, 17), ("Haarlem", 2011, 2037, 16),
    ("Arnhem", 6811, 6846, 16), ("Enschede", 7511, 7548, 16), ("Amersfoort", 3811, 3829, 16),
    ("Zwolle", 8011, 8043, 13), ("Leeuwarden", 8911, 8941, 12), ("Maastricht", 6211, 6229, 12),
    ("Leiden", 2311, 2334, 12), ("Dordrecht", 3311, 3329, 12), ("Alkmaar", 1811, 1827, 11),
    ("Delft", 2611, 2629, 10), ("Deventer", 7411, 7433, 10), ("Middelburg", 4331, 4339, 5),
    ("Assen", 9401, 9408, 7), ("Roermond", 6041, 6045, 6),
)  # fmt: skip
STREETS = (
    "Dorpsstraat", "Kerkstraat", "Molenweg", "Schoolstraat", "Stationsstraat", "Beukenlaan",
    "Eikenlaan", "Julianastraat", "Wilhelminastraat", "Nieuwstraat", "Hoofdstraat", "Parklaan",
    "Lindelaan", "Industrieweg", "Meidoornstraat", "Zeedijk", "Prins Hendrikkade", "Haven",
    "Burgemeester de Vlugtlaan", "Van Goghstraat", "Vondelstraat", "Oranjesingel", "Kanaalweg",
)  # fmt: skip
POST = (
    "mail.example.com",
    "post.example.org",
    "thuis.example.net",
    "example.com",
    "web.example.org",
)
"""Domains that are kept for examples (RFC 2606): mail to them reaches nobody."""
STORES = (
    "Amsterdam Haarlemmerstraat",
    "Utrecht Oudegracht",
    "Rotterdam Meent",
    "Zwolle Diezerstraat",
)
SEARCHES = (
    "jurk", "zomerjurk", "regenjas", "cadeau vader", "moederdag", "sinterklaas cadeau", "horloge",
    "beddengoed katoen", "pannenset", "kerstkaarsen", "winterjas heren", "babykleding", "tas leer",
    "bordspel", "tuinstoel", "theepot", "sneakers", "oorbellen goud", "overhemd wit", "plaid wol",
)  # fmt: skip
