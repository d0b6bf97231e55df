//! Numbers as our pages write them.

/// Writes a size in kilobytes of 1,000 bytes with one decimal: `61.2 kB`.
pub fn kilobytes(bytes: usize) -> String {
    let tenths = bytes.saturating_add(50) / 100;
    format!("{}.{} kB", grouped(tenths / 10), tenths % 10)
}

/// Writes a number below thirteen as a word, and others in figures.
pub fn in_words(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    WORDS.get(number).map_or_else(|| grouped(number), |word| (*word).to_owned())
}

/// Writes a number with its noun, which takes an `s` in the plural, or has its `y` changed:
/// `24 parts`, `1 copy`, `1,200 copies`.
pub fn counted(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{} {stem}ies", grouped(number)),
        (_, None) => format!("{} {noun}s", grouped(number)),
    }
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(kilobytes(61_249), "61.2 kB");
        assert_eq!(kilobytes(1_234_567), "1,234.6 kB");
        assert_eq!(kilobytes(usize::MAX).split('.').count(), 2);
        assert_eq!(counted(1, "copy"), "1 copy");
        assert_eq!(counted(0, "copy"), "0 copies");
        assert_eq!(counted(18_240, "reader"), "18,240 readers");
        assert_eq!(
            (in_words(0), in_words(12), in_words(13)),
            ("no".into(), "twelve".into(), "13".into())
        );
    }
}
