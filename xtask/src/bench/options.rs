//! What `cargo xtask bench send` was asked for.

/// What the bench may be asked for.
pub const HELP: &str = "\
cargo xtask bench send   Letterpress beside smtp-source, nodemailer and lettre
    --copies N           copies a round of the fast ones; slow ones send a part of it (10000)
    --rounds R           rounds, each contender once in each (5)
    --connections C      connections of everybody (10)
    --only NAME...       only contenders whose names begin so
    --memory             also the peak memory at 10,000 and at 100,000 readers
    --quick              1,000 copies, one round: to see that it works
";

/// What the bench was asked for.
pub struct Options {
    /// The copies by which the second run of a round is larger than the first.
    pub copies: usize,
    /// How often each contender has its turn.
    pub rounds: usize,
    /// The connections of each contender.
    pub connections: usize,
    /// The beginnings of the names wanted; all, if empty.
    pub only: Vec<String>,
    /// Whether the peak memory is measured too.
    pub memory: bool,
    /// The command, as it is told beside the table.
    pub command: String,
}

impl Options {
    /// Reads the words behind `bench`.
    pub fn parse(words: &[&str]) -> Result<Self, String> {
        let ["send", rest @ ..] = words else { return Err(format!("what to bench?\n\n{HELP}")) };
        let mut options = Self {
            copies: 10_000,
            rounds: 5,
            connections: 10,
            only: vec![],
            memory: false,
            command: format!("cargo xtask bench {}", words.join(" ")),
        };
        let mut rest = rest.iter().copied().peekable();
        while let Some(word) = rest.next() {
            match word {
                "--copies" => options.copies = count(word, rest.next())?,
                "--rounds" => options.rounds = count(word, rest.next())?,
                "--connections" => options.connections = count(word, rest.next())?,
                "--only" => {
                    while let Some(name) = rest.next_if(|next| !next.starts_with("--")) {
                        options.only.push(name.to_owned());
                    }
                }
                "--memory" => options.memory = true,
                "--quick" => (options.copies, options.rounds) = (1_000, 1),
                _ => return Err(format!("no such option: {word}\n\n{HELP}")),
            }
        }
        Ok(options)
    }
}

fn count(option: &str, word: Option<&str>) -> Result<usize, String> {
    word.and_then(|word| word.replace(['_', ','], "").parse().ok())
        .filter(|count| *count > 0)
        .ok_or_else(|| format!("{option} takes a number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_behind_only_end_at_the_next_option() {
        let words = ["send", "--only", "lettre", "smtp-source", "--copies", "2,000"];
        let options = Options::parse(&words).expect("these are options");
        assert_eq!(options.only, ["lettre", "smtp-source"]);
        assert_eq!(options.copies, 2_000);
    }

    #[test]
    fn no_copies_and_unknown_words_are_refused() {
        assert!(Options::parse(&["send", "--copies", "0"]).is_err());
        assert!(Options::parse(&["send", "--fast"]).is_err());
        assert!(Options::parse(&["sent"]).is_err());
    }
}
