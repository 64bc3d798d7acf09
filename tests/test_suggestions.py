"""Which article a reference that leads nowhere meant: right where it is clear, none where it is not."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from damage import Damage
from hypothesis import given
from hypothesis import strategies as st

from graph.suggestions import Suggester

Article = tuple[str, str, int | None]

CELLS = "/learn/biology/how-do-plant-cells-store-energy-in-starch-grains"
LIBRARY: list[Article] = [
    (CELLS, "How do plant cells store energy in starch grains?", 1),
    ("/learn/biology/why-do-leaves-change-colour-in-autumn", "Why do leaves change colour in autumn?", 2),
    ("/learn/chemistry/what-is-the-decisionmaking-role-of-a-catalyst", "A catalyst's role", 3),
    ("/learn/maths/solving-a-2x2-system-of-equations", "Solving a 2x2 system of equations", 4),
    ("/learn/history/the-long-war-in-the-north-part-1", "The long war in the north, part 1", 5),
    ("/learn/history/treaties-of-1648", "Treaties of 1648", 6),
    ("/learn/physics/when-is-a-floating-body-stable-in-waves", "When is a floating body stable in waves?", 7),
    ("/learn/physics/tides", "Tides", 8),
    ("/learn/ästhetik/über-größe", "Über Größe", 9),
    ("/start", "Where to start", None),
]


def suggested(
    url: str | None,
    title: str | None = None,
    number: int | None = None,
    *more: Article,
    source: int = -1,
) -> str | None:
    """The url that is suggested in the library and some more articles."""
    urls, titles, numbers = zip(*LIBRARY, *more, strict=True)
    found = Suggester(urls, titles, numbers).suggest(url, title, number, source)
    return None if found is None else str(urls[found])


@pytest.mark.parametrize(
    "url",
    [
        CELLS.upper(),
        CELLS + "/",
        CELLS[1:],
        CELLS.replace("/", "//"),
        CELLS.replace("/", "\\"),
        CELLS.replace("biology/", "biology"),
        CELLS.replace("-", "_"),
        CELLS.replace("-", "%20"),
        CELLS.replace("plant-cells", "plantcells"),
        f"https://example.org:8080{CELLS}?page=2#top",
        f"//{CELLS}#top",
        f" {CELLS}\n",
        CELLS + ".md",
        CELLS + ".md \n",
        CELLS + ".md/",
        CELLS + "/index.html",
    ],
)
def test_another_spelling_of_the_same_url(url: str) -> None:
    assert suggested(url) == CELLS


def test_letters_of_any_alphabet() -> None:
    for url in ("/learn/asthetik/uber-grosse", "/learn/%C3%A4sthetik/%C3%BCber-gr%C3%B6%C3%9Fe"):
        assert suggested(url) == "/learn/ästhetik/über-größe"


def test_a_hyphen_more_or_less() -> None:
    url = "/learn/chemistry/what-is-the-decisionmaking-role-of-a-catalyst"
    assert suggested(url.replace("decisionmaking", "decision-making")) == url


def test_a_mark_between_digits_counts() -> None:
    assert suggested("/notes/week-1-2", None, None, ("/notes/week-12", "", None)) is None
    assert suggested("/notes/week-1_2", None, None, ("/notes/week-1-2", "", None)) == "/notes/week-1-2"


def test_urls_that_differ_in_case_only_are_told_apart_by_what_else_is_known() -> None:
    twins: list[Article] = [("/Notes", "Small", 20), ("/NOTES", "Large", 21)]
    assert suggested("/notes", None, None, *twins) is None
    assert suggested("/notes", "Large", None, *twins) == "/NOTES"
    assert suggested("/notes", None, 20, *twins) == "/Notes"


@pytest.mark.parametrize(
    "url",
    [
        CELLS.replace("starch", "starhc"),
        CELLS.replace("starch", "strch"),
        CELLS.replace("starch", "starrch"),
        CELLS.replace("starch", "stxrch"),
        CELLS.replace("starch", "sta7rch"),
        CELLS.replace("starch", "strach").replace("energy", "enrgy"),
        CELLS.replace("plant-cells", "plantxcells"),
        CELLS.replace("biology", "bioolgy").replace("starch", "strch"),
        CELLS.replace("biology/", "biologyx"),
        CELLS.replace("biology", "botany").replace("starch", "strch"),
    ],
)
def test_a_slip_of_the_pen(url: str) -> None:
    assert suggested(url) == CELLS


def test_three_edits_are_too_many() -> None:
    assert (
        suggested(CELLS.replace("starch", "strach").replace("energy", "enrgy").replace("grains", "grans"))
        is None
    )


def test_a_slip_in_a_slug_of_one_word() -> None:
    assert suggested("/learn/physics/tifes") == "/learn/physics/tides"
    for url in ("/strat", "/strt", "/stqrt", "/stazrt"):
        assert suggested(url) == "/start"


def test_in_a_short_slug_less_is_a_slip() -> None:
    short: Article = ("/cats", "Cats", None)
    assert suggested("/cads", None, None, short) is None
    assert suggested("/learn/physics/tixxs") is None


@pytest.mark.parametrize(
    "url",
    [
        CELLS.replace("how-do", "how-can"),
        CELLS.replace("-do-", "-"),
        CELLS.replace("energy-", "energy-well-"),
    ],
)
def test_another_word_in_the_same_folder(url: str) -> None:
    assert suggested(url) == CELLS
    assert suggested(url.replace("biology", "chemistry")) is None


def test_two_other_words_are_too_many() -> None:
    assert suggested(CELLS.replace("how-do", "why-can")) is None
    assert suggested(CELLS.replace("how", "why").replace("store", "keep")) is None


def test_where_a_word_of_weight_differs_the_question_does() -> None:
    kin: list[Article] = [(f"/learn/law/what-are-the-rights-of-a-{n}", "", None) for n in range(30)]
    duties = "/learn/law/what-are-the-duties-of-a-trustee"
    found = suggested(duties.replace("are", "were"), None, None, (duties, "", None), *kin)
    assert found == duties
    assert suggested(duties.replace("what-are", "which-were"), None, None, (duties, "", None), *kin) is None
    assert suggested(duties.replace("trustee", "notary"), None, None, (duties, "", None), *kin) is None


def test_of_two_with_another_word_none() -> None:
    two: list[Article] = [
        (f"/learn/law/how-{does}-a-notary-certify-a-deed", "", None) for does in ("can", "may")
    ]
    assert suggested("/learn/law/how-does-a-notary-certify-a-deed", None, None, two[0]) == two[0][0]
    assert suggested("/learn/law/how-does-a-notary-certify-a-deed", None, None, *two) is None


def test_too_few_words_are_left() -> None:
    light: list[Article] = [(f"/notes/by-{n}", "", None) for n in range(60)]
    three, two = "/learn/law/old-deeds-by-gift", "/learn/law/leases-by-lot"
    for url, found in ((three, three), (two, None)):
        assert suggested(url.replace("by", "through"), None, None, (url, "", None), *light) == found


@pytest.mark.parametrize(
    "url",
    [
        "/learn/history/the-long-war-in-the-north-part-2",
        "/learn/history/the-long-war-in-the-north-part-11",
        "/learn/history/the-long-war-in-the-north-part",
        "/learn/maths/solving-a-3x3-system-of-equations",
        "/learn/maths/solving-a-2x3-system-of-equations",
        "/learn/history/treaties-of-1649",
        "/learn/physics/when-is-a-floating-body-unstable-in-waves",
        "/learn/physics/when-is-a-floating-body-not-stable-in-waves",
        "/learn/physics/when-is-q-floating-body-stable-in-waves",
        "/learn/physics/when-ii-a-floating-body-stable-in-waves",
    ],
)
def test_what_decides_the_meaning_is_no_slip(url: str) -> None:
    assert suggested(url) is None


def test_a_number_at_a_word_s_start_is_no_slip() -> None:
    water: Article = ("/learn/chemistry/the-bonds-of-h2o", "", None)
    assert suggested(water[0].replace("h2o", "h3o"), None, None, water) is None
    assert suggested(water[0].replace("bonds", "bnods"), None, None, water) == water[0]


def test_opposites_are_no_slip() -> None:
    article: Article = ("/learn/economics/an-introduction-to-microeconomics", "", None)
    assert suggested(article[0].replace("micro", "macro"), None, None, article) is None
    assert suggested(article[0].replace("micro", "mcro"), None, None, article) == article[0]


def test_a_word_that_other_urls_have_is_no_slip() -> None:
    casual: Article = ("/learn/logic/causal-reasoning", "", None)
    assert suggested("/learn/logic/casual-reasoning", None, None, casual) == casual[0]
    assert suggested("/learn/logic/casual-reasoning", None, None, casual, ("/casual", "", None)) is None


def test_of_two_the_one_with_fewer_edits() -> None:
    near, far = "/learn/physics/the-spectrograph", "/learn/physics/the-spectrographs"
    both: list[Article] = [(near, "", None), (far, "", None)]
    assert suggested("/learn/physics/the-spectrogaph", None, None, *both) == near
    assert suggested("/learn/physics/the-spectrograp", None, None, *both) == near
    assert suggested("/learn/physics/the-spectrographx", None, None, *both) is None


def test_the_same_slug_in_another_folder() -> None:
    slug = CELLS.rsplit("/", 1)[1]
    for url in (f"/learn/chemistry/{slug}", f"/posts/{slug}", f"/{slug}", slug, f"\\posts\\{slug}"):
        assert suggested(url) == suggested(f" {url}.md/ ") == suggested(f"{url}.md\n") == CELLS


def test_one_word_in_another_folder_is_another_article() -> None:
    assert suggested("/learn/astronomy/tides") is None
    assert suggested("/learn/astronomy/tides", "Tides") == "/learn/physics/tides"


def test_of_copies_the_one_that_the_folder_names() -> None:
    copies: list[Article] = [
        (f"/learn/{s}/what-is-a-wave", "What is a wave?", 30) for s in ("music", "optics")
    ]
    for url in ("/LEARN/MUSIC/what-is-a-wave", "/learn/musci/what-is-a-wave", "/learn/music/what-si-a-wave"):
        assert suggested(url, None, None, *copies) == "/learn/music/what-is-a-wave"
    assert suggested("/learn/music/waves", None, 30, *copies) == "/learn/music/what-is-a-wave"
    for url in ("https://example.org/learn/music/what-is-a-wave", "learn\\music\\what-is-a-wvae"):
        assert suggested(url, None, None, *copies) == "/learn/music/what-is-a-wave"
    for title in (None, "What is a wave?"):
        assert suggested("/learn/poetry/what-is-a-wave", title, 30, *copies) is None


def test_of_similar_folders_the_same_one() -> None:
    copies: list[Article] = [(f"/learn/{s}/what-is-a-wave", "", None) for s in ("sonics", "sonic")]
    assert suggested("/learn/sonics/what-is-a-wvae", None, None, *copies) == "/learn/sonics/what-is-a-wave"
    assert suggested("/learn/sonic/what-is-a-wvae", None, None, *copies) == "/learn/sonic/what-is-a-wave"


def test_no_article_is_suggested_for_itself() -> None:
    assert suggested(CELLS.upper(), source=0) is None
    assert suggested(CELLS.replace("starch", "strch"), source=0) is None
    copies: list[Article] = [
        (f"/learn/{s}/what-is-a-wave", "What is a wave?", 30) for s in ("music", "optics")
    ]
    found = suggested("/learn/poetry/what-is-a-wave", None, None, *copies, source=len(LIBRARY))
    assert found == "/learn/optics/what-is-a-wave"


def test_the_title_names_the_article_where_the_url_does_not() -> None:
    title = "Why do leaves change colour in autumn?"
    for url in (None, "/gone", "/node/1234"):
        assert suggested(url, title) == suggested(url, title.upper()) == LIBRARY[1][0]
    assert suggested(None, "Tides") is None


def test_slug_and_title_of_two_articles_name_none() -> None:
    assert (
        suggested("/elsewhere/why-do-leaves-change-colour-in-autumn", "The long war in the north, part 1")
        is None
    )


def test_a_title_that_says_what_the_slug_says_is_no_slip() -> None:
    url = "/learn/physics/when-is-a-floating-body-stable-in-wakes"
    assert suggested(url) == suggested(url, "Floating") == LIBRARY[6][0]
    assert suggested(url, "When is a floating body stable in wakes?") is None


def test_a_title_rules_out_another_word() -> None:
    url = CELLS.replace("how-do", "how-can")
    assert (suggested(url), suggested(url, "Starch in plants")) == (CELLS, None)


def test_a_number_names_the_article() -> None:
    assert suggested(None, None, 2) == suggested("/gone", "Gone for good", 2) == LIBRARY[1][0]
    assert suggested(None, None, 2, ("/twin", "Twin", 2)) is None
    assert suggested(None, "Twin", 2, ("/twin", "Twin", 2)) == "/twin"
    assert suggested("/another/twin", None, 2, ("/twin", "Twin", 2)) == "/twin"


def test_that_no_number_is_known_tells_no_article() -> None:
    copies: list[Article] = [("/music/what-is-a-wave", "", 30), ("/optics/what-is-a-wave", "", None)]
    assert suggested("/poetry/what-is-a-wave", None, None, *copies) is None


def test_another_number_means_another_article() -> None:
    url = CELLS.replace("starch", "strch")
    assert (suggested(url, None, 1), suggested(url, None, 404)) == (CELLS, None)
    assert suggested("/strat", None, 404) == "/start"  # this article has no number
    assert suggested(CELLS.upper(), None, 404) == CELLS


def test_nothing_known_names_nothing() -> None:
    for url in (
        None,
        "",
        "/",
        "///",
        " ",
        "?",
        "#",
        ".md",
        "/index.html",
        "-",
        "\0",
        "%",
        "%00",
        "\ud800",
        "☃",
    ):
        assert suggested(url) is None
        assert suggested(url, url) is None
    assert Suggester([], [], []).suggest("/a/b", "B", 1, 0) is None
    assert Suggester(["", "/"], ["", "?"], [None, None]).suggest("/a/b", "?", None, -1) is None


@pytest.mark.parametrize(
    "text",
    [
        CELLS * 200,
        "/learn" + "/a" * 5_000,
        "a" * 10_240,
        "/learn/biology/how-do-plant-" + "z" * 900,
        "/learn/biology/" + "-".join(f"w{n}" for n in range(180)),
        "/learn/biology/ab" + "1" * 900 + "c",
        "/learn/biology/" + "\ufdfa" * 900,
        "%" * 10_240,
    ],
)
def test_huge_and_hostile_text_names_nothing(text: str) -> None:
    assert suggested(text) is suggested(None, text) is suggested(text, text) is None


@given(
    st.none() | st.text(max_size=60) | st.text("/-learnwihostkp12 .%", max_size=60),
    st.none() | st.text(max_size=20),
    st.none() | st.integers(0, 12),
    st.integers(0, len(LIBRARY) - 1),
)
def test_any_text_gives_an_article_or_none(
    url: str | None, title: str | None, number: int | None, source: int
) -> None:
    found = suggested(url, title, number, source=source)
    assert found != LIBRARY[source][0]


def made_up(articles: int) -> list[Article]:
    """A library of invented words in five folders: questions of 6 to 14 words, some twice, some in parts."""
    random = Random(articles)
    syllables = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
    words = ["".join(random.choices(syllables, k=random.randint(2, 4))) for _ in range(articles)]
    common = ["how", "why", "does", "what", "is", "are", "the", "a", "of", "in", "and", "for"]
    made: list[Article] = []
    while len(made) < articles:
        size = random.randint(3, 7)
        chosen = random.choices(words, k=size) + random.choices(common, k=size)
        random.shuffle(chosen)
        folders = random.sample(["botany", "music", "law", "optics", "trade"], 5)
        parts = ["", "-part-1", "-part-2"][: random.choice([1, 1, 1, 1, 3])]
        for part in parts:
            slug = "-".join(chosen) + part
            for folder in folders[: random.choice([1, 1, 1, 1, 1, 1, 2])]:
                made.append(
                    (f"/learn/{folder}/questions/{slug}", slug.replace("-", " ") + "?", len(made) // 2)
                )
    return made


@pytest.mark.parametrize("titled", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_urls_of_a_made_up_library(seed: int, titled: bool) -> None:
    urls, titles, numbers = zip(*made_up(800), strict=True)
    suggester, counts = Suggester(urls, titles, numbers), Counter[str]()
    for damaged in Damage(urls, seed).draw(500):
        title = titles[damaged.true] if titled else None
        found = suggester.suggest(damaged.url, title, None, -1)
        counts["none" if found is None else "right" if found == damaged.true else "wrong"] += 1
    assert counts["right"] >= 450, counts
    assert counts["wrong"] <= 10, counts


def test_a_made_up_library_s_lost_articles_are_not_replaced() -> None:
    library = made_up(800)
    lost, left = library[::10], [article for place, article in enumerate(library) if place % 10]
    slugs = {url.rsplit("/", 1)[1] for url, _, _ in left}
    urls, titles, numbers = zip(*left, strict=True)
    suggester = Suggester(urls, titles, numbers)
    for url, _, _ in lost:
        if url.rsplit("/", 1)[1] not in slugs:
            assert suggester.suggest(url, None, None, -1) is None, url
