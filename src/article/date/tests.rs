use super::*;

fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

fn read(text: &str) -> String {
    parse(text, &zone())
        .map_or("-".to_owned(), |date| date.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

#[test]
fn days_in_many_notations_are_that_days_start() {
    for text in [
        "2023-03-20",
        "2023/3/20",
        "2023.03.20",
        "20.3.2023",
        "3/20/2023",
        "20/03/2023",
        "March 20, 2023",
        "Mar. 20, 2023",
        "mar 20 2023",
        "20 March 2023",
        "20th March, 2023",
        "Monday, 20 March 2023",
        "Mon 20-Mar-2023",
        "Monday, March 20th, 2023",
        "the 20th of March 2023",
        "20. March 2023",
    ] {
        assert_eq!(read(text), "2023-03-20T00:00:00-04:00", "{text}");
    }
    assert_eq!(read("Sept. 1, 2022"), "2022-09-01T00:00:00-04:00");
    assert_eq!(read("May 1, 2022"), "2022-05-01T00:00:00-04:00");
}

#[test]
fn times_are_brought_into_the_newsletters_zone() {
    for (text, answer) in [
        ("2023-03-05 10:00:00 +0100", "2023-03-05T04:00:00-05:00"),
        ("2023-03-20T09:14", "2023-03-20T09:14:00-04:00"),
        ("2023-03-20 09:14", "2023-03-20T09:14:00-04:00"),
        ("2023-03-20T09:14:30.250Z", "2023-03-20T05:14:30-04:00"),
        ("2023-03-20T09:14:00+05:30", "2023-03-19T23:44:00-04:00"),
        ("2023-03-20 10:20:22 -5", "2023-03-20T11:20:22-04:00"),
        ("2023-03-20T09:14:00-07:00[America/Los_Angeles]", "-"),
        ("2023-03-20T09:14:00[America/Los_Angeles]", "2023-03-20T12:14:00-04:00"),
        ("Mon, 20 Mar 2023 10:00:00 +0100", "2023-03-20T05:00:00-04:00"),
        ("Monday, 20 March 2023 10:00 GMT", "2023-03-20T06:00:00-04:00"),
        ("March 22, 2023 at 9:14 a.m. ET", "2023-03-22T09:14:00-04:00"),
        ("March 22, 2023, 12:05 AM", "2023-03-22T00:05:00-04:00"),
        ("March 22, 2023 | 9pm PT", "2023-03-23T00:00:00-04:00"),
        ("9:14 p.m. ET, Wed March 22, 2023", "2023-03-22T21:14:00-04:00"),
    ] {
        assert_eq!(read(text), answer, "{text}");
    }
}

#[test]
fn what_is_no_date_or_two_dates_is_not_read() {
    for text in [
        "",
        "soon",
        "March",
        "March 2023",
        "20 March",
        "2023",
        "2023-02-30",
        "2023-13-01",
        "03/04/2023",
        "12:30",
        "March 20, 2023 and more",
        "2023-03-20 25:00",
        "2023-03-20 9:1",
        "1.2.3",
        "2023-03-20x",
        "99999999999999999999",
        "March 99999, 2023",
    ] {
        assert_eq!(read(text), "-", "{text}");
    }
}

#[test]
fn a_date_is_found_inside_a_line() {
    let (at, date, rest) =
        find("By Ann Lee Nov. 19, 2019, 07:47 PM EST | Updated", &zone()).unwrap();
    assert_eq!((at, rest.trim()), (11, "| Updated"));
    assert_eq!(date.to_string(), "2019-11-19T19:47:00-05:00[America/New_York]");
}

#[test]
fn a_file_name_gives_its_day() {
    assert!(of_file_name("2023-03-20-a.md", &zone()).is_some());
    for name in ["2023-3-20-a.md", "2023-03-201.md", "a", "2023-02-31-a.md", "2023-03é-20a"] {
        assert!(of_file_name(name, &zone()).is_none(), "{name}");
    }
}
