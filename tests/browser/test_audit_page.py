# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``audit.html`` in a real browser: clicks, filter, keyboard, paper, colors, hostile words; no request, no error."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit import pages, report
from ansible_collections.astera.data_stack.plugins.plugin_utils._audit.report import PARTS, HostResult
from ansible_collections.astera.data_stack.tests.fleet import CIRCUMSTANCES, UNREACHABLE, entry, fleet, snapshot

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver is installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
HOSTILE = "</script><img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>\u202e'\"`"


class Page:
    """One page in one browser. Whatever was asked of a network, or was wrong, is remembered."""

    def __init__(self, driver, folder):
        self.driver = driver
        self.folder = folder

    def open(self, found, anchor=""):
        model = report.report(found, CIRCUMSTANCES)
        file = self.folder / "audit.html"
        file.write_text(pages.render(model)["audit.html"], encoding="utf-8")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get("about:blank")
        self.driver.get(file.as_uri() + anchor)
        return model

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def click(self, selector, number=0):
        self.all(selector)[number].click()

    def keys(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def text(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def script(self, code):
        return self.driver.execute_script(f"return {code}")

    def rows(self):
        code = "[...document.querySelectorAll('#matrix tbody tr')].filter((row) => !row.hidden).map((row) => row.dataset.id)"
        return self.script(code)

    def media(self, **features):
        given = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": given})

    def search(self, words):
        field = self.driver.find_element(By.ID, "search")
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(words or Keys.BACKSPACE)

    def complaints(self):
        asked = re.findall(r'"url":"((?!file:|about:|data:)[^"]+)"', str(self.driver.get_log("performance")))
        return [line["message"] for line in self.driver.get_log("browser")] + asked


@pytest.fixture(scope="module")
def driver():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "window-size=1440,900"):
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER)) as running:
        yield running


@pytest.fixture
def page(driver, tmp_path):
    opened = Page(driver, tmp_path)
    opened.media()
    yield opened
    assert opened.complaints() == []


@pytest.mark.parametrize("size", [0, 1, 30])
def test_page_opens_with_fleets_of_every_size(page, size):
    model = page.open(fleet(size))
    assert page.text("h1") == pages.summarize(model)
    assert len(page.all("#matrix tbody tr")) == size


def test_page_shows_a_difference_after_one_click(page):
    page.open(fleet(13))
    page.click("td.drifted")
    detail = page.text("#detail")
    chosen = page.all('#matrix [aria-selected="true"]')
    assert len(chosen) == 1
    assert page.script("location.hash") == "#" + page.all("#detail [data-part]")[0].get_attribute("data-part")
    assert "On the server" in detail
    assert "false" in detail or "365" in detail or ".Car" in detail


def test_cell_opens_its_own_part(page):
    page.open(fleet(13))
    titles = [cell.text for cell in page.all("#matrix thead th")][1:]
    for number, title in enumerate(titles):
        page.click('#matrix tr[data-state="drifted"] td', number)
        assert page.text("#detail h2").endswith(f"· {title}")


def test_fragment_opens_its_server(page):
    model = page.open(fleet(13))
    drifted = next(part for server in model["servers"] for part in server["parts"] if part["state"] == "drifted")
    page.open(fleet(13), f"#{drifted['id']}")
    assert page.all("#detail [data-part]")[0].get_attribute("data-part") == drifted["id"]


def test_page_shows_the_reason_of_a_failure(page):
    page.open(fleet(13))
    page.click("td.failed")
    detail = page.text("#detail")
    assert "unreachable" in detail
    assert "check url" in detail
    assert "POST /api/account/login" in detail


def test_filter_selects_by_state_and_words(page):
    model = page.open(fleet(30))
    counts = model["counts"]["servers"]
    for state in report.STATES:
        page.click(f'.chip[data-state="{state}"]')
        assert len(page.rows()) == counts[state]
        page.click(f'.chip[data-state="{state}"]')
    page.click('.chip[data-state="drifted"]')
    page.click('.chip[data-state="failed"]')
    assert len(page.rows()) == counts["drifted"] + counts["failed"]
    page.search("365 PURGE_job")
    assert 0 < len(page.rows()) < counts["drifted"]
    assert page.text("#found") == f"{len(page.rows())} of 30 servers"
    page.search("no server has this")
    assert page.rows() == []
    page.click("#clear")
    assert len(page.rows()) == 30


def test_table_can_be_sorted(page):
    model = page.open(fleet(30))
    names = [server["id"] for server in model["servers"]]
    assert page.rows() != names
    page.click("#sort")
    assert page.rows() == names
    page.click("#sort")
    assert page.script("document.querySelector('#matrix tbody tr').dataset.state") == "failed"


def test_keyboard_reaches_every_control(page):
    page.open(fleet(30))
    page.keys("/")
    assert page.script("document.activeElement.id") == "search"
    page.keys(Keys.ARROW_DOWN)
    here = "[document.activeElement.parentElement.rowIndex, document.activeElement.cellIndex]"
    assert page.script(here) == [1, 0]
    page.keys(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert page.script(here) == [2, 2]
    assert page.script("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.script("document.querySelectorAll('#matrix [tabindex=\"0\"]').length") == 1
    page.keys(Keys.END)
    assert page.script(here) == [2, 5]
    page.keys(Keys.CONTROL, Keys.END)
    page.keys(Keys.HOME)
    page.keys(Keys.ENTER)
    assert page.script("document.activeElement.id") == "detail"
    page.keys(Keys.ESCAPE)
    assert page.script("document.activeElement.cellIndex") == 0
    page.script("document.getElementById('tab-fleet').focus()")
    page.keys(Keys.ARROW_RIGHT)
    assert page.script("document.activeElement.id") == "tab-week"
    assert page.script("document.getElementById('week').hidden") is False


def test_controls_have_names_for_screen_readers(page):
    page.open(fleet(13))
    tree = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]}
    roles = {role for role, _name in named}
    assert {"grid", "row", "columnheader", "rowheader", "gridcell", "tab", "searchbox"} <= roles
    assert [
        pair for pair in named if pair[0] in ("button", "tab", "gridcell", "rowheader", "searchbox") and not pair[1]
    ] == []
    assert any(role == "gridcell" and name == "In sync" for role, name in named)
    assert any(role == "gridcell" and name.endswith("25 drifted") for role, name in named)


def test_week_view_shows_runs_and_pauses(page):
    model = page.open(fleet(30))
    page.click("#tab-week")
    shown = page.all("#timeline .row")
    assert 0 < len(shown) < 80 < model["counts"]["schedules"]["total"]
    assert len(page.all("#timeline .row:nth-child(2) .run")) == 7
    assert len(page.all("#timeline .row:nth-child(2) .pause")) == 7
    page.click("#overlaps")
    labels = [row.get_attribute("aria-label") for row in page.all("#timeline .row:not(.server)")]
    assert labels
    assert all("while the cluster is paused" in label for label in labels)
    page.search("no such schedule")
    assert "No schedule matches" in page.text("#timeline")


def test_week_view_uses_the_time_zone_of_the_reader(page):
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    try:
        page.open(fleet(1))
        page.click("#tab-week")
        label = "document.querySelector('#timeline .row:nth-child(2) small').textContent"
        assert page.script(label) == "07:00"
        page.click("#zone")
        assert page.script(label) == "16:00"
        assert page.text("#zone") == "Asia/Tokyo"
    finally:
        page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_print_has_every_difference_and_no_controls(page):
    model = page.open(fleet(13))
    page.driver.execute_script(
        "addEventListener('beforeprint', () => { window.printed = document.getElementById('paper').textContent; })"
    )
    paper = base64.b64decode(page.driver.print_page())
    assert paper.startswith(b"%PDF")
    printed = page.script("window.printed")
    for server in model["servers"]:
        assert (server["name"] in printed) == bool(server["state"] in ("drifted", "failed") or server["schedules"])
    assert "purge_job_info_after" in printed
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    display = "getComputedStyle(document.querySelector('.tools')).display"
    assert page.script(display) == "none"
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_page_has_a_light_and_a_dark_scheme(page):
    background = "getComputedStyle(document.body).backgroundColor"
    page.media(prefers_color_scheme="light")
    page.open(fleet(1))
    page.script("localStorage.clear()")
    light = page.script(background)
    page.media(prefers_color_scheme="dark")
    dark = page.script(background)
    assert light != dark
    page.click("#theme")
    assert (page.text("#theme"), page.script(background)) == ("Colors: light", light)
    page.click("#theme")
    page.media(prefers_color_scheme="light")
    assert (page.text("#theme"), page.script(background)) == ("Colors: dark", dark)
    page.click("#theme")


@pytest.fixture(scope="session")
def axe():
    """Return the source of axe-core."""
    package = pytest.importorskip("axe_selenium_python", reason="axe-selenium-python is not installed")
    return (Path(package.__file__).parent / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def violations(page, axe):
    """Return what axe-core finds on the page as it is shown: the rule, the element, and why."""
    page.driver.execute_script(axe)
    code = "const [done] = arguments; axe.run(document, {resultTypes: ['violations']}).then(done, (error) => done({error: String(error)}))"
    result = page.driver.execute_async_script(code)
    assert "error" not in result, result
    assert result["passes"]
    return [
        (rule["id"], node["html"][:120], node["failureSummary"])
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_page_has_no_accessibility_violation(page, axe, scheme, width):
    """WCAG AA and axe-core's best practices, contrast included, in both views, with and without details."""
    page.media(prefers_color_scheme=scheme)
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    found = []
    try:
        page.open(fleet(30))
        page.script("localStorage.clear()")
        # At the width of a phone the details cover cells, so that the driver does not click them.
        for target in (None, "td.drifted", "td.failed", "#tab-week"):
            page.script(f"document.querySelector({target!r}).click()") if target else None
            found += [(target, *each) for each in violations(page, axe)]
        page.open([])
        found += [("empty", *each) for each in violations(page, axe)]
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert found == []


def test_page_never_renders_server_text_as_markup(page):
    wrong = {**UNREACHABLE, "msg": HOSTILE, "detail": HOSTILE}
    fields = [(HOSTILE, HOSTILE, {HOSTILE: HOSTILE})]
    entries = [entry("schedule", HOSTILE, fields), entry("deployment", HOSTILE, error=wrong), entry("cluster")]
    taken = {
        **snapshot(1),
        "cluster": {"pauseAllServers": True, "pauseServersFrom": HOSTILE, "pauseServersTo": HOSTILE},
    }
    taken["schedules"][0]["name"] = HOSTILE
    told = {"failed": True, "msg": HOSTILE, "error": wrong, "plan": entries, "url": HOSTILE, "snapshot": taken}
    page.open([HostResult(HOSTILE, {**told, "unmanaged": {"schedules": [HOSTILE]}}, frozenset(PARTS))])
    page.click("#matrix tbody th")
    assert HOSTILE in page.script("document.getElementById('detail').textContent")
    page.click("#tab-week")
    assert HOSTILE in page.script("document.getElementById('timeline').textContent")
    page.driver.print_page()
    assert page.driver.title == CIRCUMSTANCES.title
    assert page.all("img, iframe, object, embed, link, a, #detail script, #timeline script") == []


@pytest.mark.full
def test_page_with_five_hundred_servers_stays_usable(page, record_property):
    """Measured, and asserted only of what must not depend on the machine."""
    model = page.open(fleet(500))
    assert page.script("document.querySelectorAll('*').length") < 30_000
    timing = "performance.getEntriesByType('navigation')[0].domComplete"
    record_property(
        "audit.html of 500 servers, size in MB", round((page.folder / "audit.html").stat().st_size / 1e6, 1)
    )
    record_property("audit.html of 500 servers, loaded in ms", round(page.script(timing)))
    code = "(() => { const field = document.getElementById('search'), start = performance.now(); field.value = 'sales 365'; "
    code += (
        "field.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - start; })()"
    )
    record_property("audit.html of 500 servers, first search in ms", round(page.script(code)))
    record_property("audit.html of 500 servers, next search in ms", round(page.script(code)))
    assert 0 < len(page.rows()) < 500
    page.search("")
    page.click("#tab-week")
    page.script("document.getElementById('timeline').scrollTop = 150000")
    page.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert int(page.all("#timeline .row")[0].get_attribute("aria-posinset")) > 4000
    assert len(page.all("#timeline .row")) < 80
    assert model["counts"]["schedules"]["total"] > 10_000
