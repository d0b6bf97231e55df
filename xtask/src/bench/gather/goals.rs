//! What the scripts found, against what is wanted.

/// A goal: a row and a column of a script's table, and the least that is wanted there.
struct Goal {
    what: &'static str,
    row: &'static [&'static str],
    /// Which of the numbers of that row, from 0.
    number: usize,
    least: f64,
}

const fn goal(what: &'static str, row: &'static [&'static str], number: usize, least: f64) -> Goal {
    Goal { what, row, number, least }
}

const BODY: [Goal; 8] = [
    goal("article-extraction-benchmark, body F1", &["benchmark"], 4, 0.975),
    goal("readability, body F1", &["readability"], 4, 0.96),
    goal("trafilatura, strings that must be there, of 60", &["trafilatura", "with"], 0, 54.0),
    goal("trafilatura, strings that must not, of 57", &["trafilatura", "without"], 3, 54.0),
    goal("text scrapes (html-text), F1", &["html-text"], 4, 0.93),
    goal("text scrapes (html-text), recall", &["html-text"], 3, 0.95),
    goal("text scrapes (inscriptis), F1", &["inscriptis"], 4, 0.93),
    goal("text scrapes (inscriptis), recall", &["inscriptis"], 3, 0.95),
];
/// Of a field: known, exact, near, wrong, extra.
const META: [Goal; 7] = [
    goal("readability, title near, % of those known", &["readability", "title"], 2, 96.0),
    goal("readability, byline exact, %", &["readability", "byline"], 1, 80.0),
    goal("readability, date to the day, %", &["readability", "date"], 2, 100.0),
    goal("readability, site exact, %", &["readability", "site"], 1, 90.0),
    goal("trafilatura, title exact, %", &["trafilatura", "title"], 1, 85.0),
    goal("trafilatura, date exact, of 15", &["trafilatura", "date"], 1, 93.3),
    goal("trafilatura, byline exact, of 14", &["trafilatura", "byline"], 1, 50.0),
];

/// The table of goals, as Markdown.
pub fn table(body: &str, meta: &str) -> String {
    let mut table = "| what | wanted | measured | |\n| --- | --- | --- | --- |\n".to_owned();
    for (goals, said) in [(&BODY[..], body), (&META[..], meta)] {
        for goal in goals {
            let found = find(said, goal);
            let shown = found.map_or("not measured".to_owned(), |found| format!("{found}"));
            let met = match found {
                Some(found) if found >= goal.least => "met",
                Some(_) => "missed",
                None => "",
            };
            table += &format!("| {} | ≥ {} | {shown} | {met} |\n", goal.what, goal.least);
        }
    }
    table
}

/// The number that a goal speaks of; of a field, in percent of the known ones.
fn find(said: &str, goal: &Goal) -> Option<f64> {
    let line = said.lines().find(|line| {
        let mut words = line.split_whitespace();
        goal.row.iter().take(1).all(|word| words.next() == Some(word))
            && goal.row.iter().all(|word| line.split_whitespace().any(|found| found == *word))
    })?;
    let is_number = |text: &&str| !text.is_empty();
    let numbers: Vec<f64> = line
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter(is_number)
        .filter_map(|text| text.parse().ok())
        .collect();
    numbers.get(goal.number).copied()
}
