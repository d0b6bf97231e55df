//! Bylines: from a line to names, and from names to a line.

/// Words of a job or a place of work, which are no names.
const JOBS: [&str; 16] = [
    "writer",
    "reporter",
    "editor",
    "correspondent",
    "columnist",
    "staff",
    "contributor",
    "producer",
    "critic",
    "analyst",
    "bureau",
    "desk",
    "chief",
    "photographer",
    "intern",
    "author",
];
/// A name has no more words than this.
const NAME_WORDS_MAX: usize = 5;

/// Joins names to one line, as articles in English do: `A, B and C`.
pub fn join(names: &[String]) -> Option<String> {
    let (last, rest) = names.split_last()?;
    if rest.is_empty() {
        return Some(last.clone());
    }
    Some(format!("{} and {last}", rest.join(", ")))
}

/// Takes the word that introduces a byline off it.
pub(super) fn bare(text: &str) -> &str {
    let text = text.trim();
    for opening in
        ["written by ", "posted by ", "reported by ", "story by ", "words by ", "by: ", "by "]
    {
        if let Some(head) = text.get(..opening.len())
            && head.eq_ignore_ascii_case(opening)
        {
            return text[opening.len()..].trim();
        }
    }
    text
}

/// Splits a byline into names; a job or a place behind a comma is left out.
pub(super) fn names(byline: &str) -> Vec<String> {
    let joined = byline.replace(" & ", " and ").replace(", and ", " and ");
    let several = joined.contains(" and ");
    let mut names = Vec::new();
    for part in joined.split(" and ") {
        let mut pieces =
            part.split([',', '|', ';']).map(str::trim).filter(|piece| !piece.is_empty());
        names.extend(pieces.next());
        names.extend(pieces.take_while(|piece| is_name(piece) || (several && !is_job(piece))));
    }
    names.into_iter().map(str::to_owned).collect()
}

fn is_job(text: &str) -> bool {
    text.split_whitespace().any(|word| JOBS.contains(&word.to_lowercase().as_str()))
}

/// Two to five words in capitals that name no job: a lone word may be a place.
fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (2..=NAME_WORDS_MAX).contains(&words.len())
        && words.first().is_some_and(|word| word.starts_with(char::is_uppercase))
        && words.last().is_some_and(|word| word.starts_with(char::is_uppercase))
        && !is_job(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byline_gives_its_names() {
        for (line, answer) in [
            ("By Ann Lee", "Ann Lee"),
            ("by Ann Lee and Bo de Wit", "Ann Lee|Bo de Wit"),
            ("By Ann Lee, Bo Diaz, and Cy Ng", "Ann Lee|Bo Diaz|Cy Ng"),
            ("By Ann Lee, Staff Writer", "Ann Lee"),
            ("Ann Lee, Warsaw", "Ann Lee"),
            ("Ann Lee, Bo Diaz", "Ann Lee|Bo Diaz"),
            ("The Times & the Post", "The Times|the Post"),
            ("", ""),
        ] {
            assert_eq!(names(bare(line)).join("|"), answer, "{line}");
        }
    }

    #[test]
    fn names_are_joined_as_people_write_them() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(join(&list(&["A", "B", "C"])).as_deref(), Some("A, B and C"));
        assert_eq!(join(&list(&["A"])).as_deref(), Some("A"));
        assert_eq!(join(&[]), None);
    }
}
