//! The names of days and months, and the order of a date's parts.

use crate::words::Language;

/// What a language needs to write dates. In the patterns, E is the day of the week, D the day, M
/// the month, S its short name, N its number, Y the year; all else stands for itself.
pub(super) struct Names {
    pub(super) full: &'static str,
    pub(super) long: &'static str,
    pub(super) day: &'static str,
    pub(super) short: &'static str,
    /// From Monday on, as all of these with spaces between.
    pub(super) days: &'static str,
    /// As they stand in a date.
    pub(super) months: &'static str,
    pub(super) short_months: &'static str,
    /// The words for 0, 1, 2 …; `-` where the word depends on the noun or the country.
    pub(super) numbers: &'static str,
    /// What stands between names of a list, and before the last one.
    pub(super) between: [&'static str; 2],
}

/// Returns the word with an index, from 0 on.
pub(super) fn nth(words: &'static str, index: usize) -> &'static str {
    words.split(' ').nth(index).unwrap_or_default()
}

/// Returns the names of a language.
pub(super) fn of(language: Language) -> &'static Names {
    match language {
        Language::AmericanEnglish => &AMERICAN_ENGLISH,
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
        Language::Spanish => &SPANISH,
        Language::Italian => &ITALIAN,
        Language::Portuguese => &PORTUGUESE,
        Language::Dutch => &DUTCH,
        Language::Polish => &POLISH,
        Language::Hebrew => &HEBREW,
        Language::Arabic => &ARABIC,
        Language::Japanese => &JAPANESE,
        Language::Chinese => &CHINESE,
    }
}

const AMERICAN_ENGLISH: Names = Names {
    full: "E, M D, Y",
    long: "M D, Y",
    day: "M D",
    short: "S D",
    days: "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    months: "January February March April May June July August September October November December",
    short_months: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    numbers: "- one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty",
    between: [", ", " and "],
};

const ENGLISH: Names =
    Names { full: "E D M Y", long: "D M Y", day: "D M", short: "D S", ..AMERICAN_ENGLISH };

const GERMAN: Names = Names {
    full: "E, D. M Y",
    long: "D. M Y",
    day: "D. M",
    short: "D. S",
    days: "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    months: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    short_months: "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    numbers: "- - zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig",
    between: [", ", " und "],
};

const FRENCH: Names = Names {
    full: "E D M Y",
    long: "D M Y",
    day: "D M",
    short: "D S",
    days: "lundi mardi mercredi jeudi vendredi samedi dimanche",
    months: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    short_months: "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    numbers: "- - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf vingt",
    between: [", ", " et "],
};

const SPANISH: Names = Names {
    full: "E, D de M de Y",
    long: "D de M de Y",
    day: "D de M",
    short: "D S",
    days: "lunes martes miércoles jueves viernes sábado domingo",
    months: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    short_months: "ene feb mar abr may jun jul ago sept oct nov dic",
    numbers: "- - dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte",
    between: [", ", " y "],
};

const ITALIAN: Names = Names {
    full: "E D M Y",
    long: "D M Y",
    day: "D M",
    short: "D S",
    days: "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    months: "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    short_months: "gen feb mar apr mag giu lug ago set ott nov dic",
    numbers: "- - due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove venti",
    between: [", ", " e "],
};

const PORTUGUESE: Names = Names {
    full: "E, D de M de Y",
    long: "D de M de Y",
    day: "D de M",
    short: "D de S",
    days: "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    months: "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    short_months: "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    numbers: "- - - três quatro cinco seis sete oito nove dez onze doze treze catorze quinze - - dezoito - vinte",
    between: [", ", " e "],
};

const DUTCH: Names = Names {
    full: "E D M Y",
    long: "D M Y",
    day: "D M",
    short: "D S",
    days: "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    months: "januari februari maart april mei juni juli augustus september oktober november december",
    short_months: "jan feb mrt apr mei jun jul aug sep okt nov dec",
    numbers: "- - twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien twintig",
    between: [", ", " en "],
};

const POLISH: Names = Names {
    full: "E, D M Y",
    long: "D M Y",
    day: "D M",
    short: "D S",
    days: "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    months: "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    short_months: "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    numbers: "",
    between: [", ", " i "],
};

const HEBREW: Names = Names {
    full: "יום E, D בM Y",
    long: "D בM Y",
    day: "D בM",
    short: "D בS",
    days: "שני שלישי רביעי חמישי שישי שבת ראשון",
    months: "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    short_months: "ינו׳ פבר׳ מרץ אפר׳ מאי יוני יולי אוג׳ ספט׳ אוק׳ נוב׳ דצמ׳",
    numbers: "",
    between: [", ", " ו"],
};

const ARABIC_MONTHS: &str =
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر";

const ARABIC: Names = Names {
    full: "E، D M Y",
    long: "D M Y",
    day: "D M",
    short: "D S",
    days: "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    months: ARABIC_MONTHS,
    short_months: ARABIC_MONTHS,
    numbers: "",
    between: [" و", " و"],
};

const JAPANESE: Names = Names {
    full: "Y年N月D日E",
    long: "Y年N月D日",
    day: "N月D日",
    short: "N月D日",
    days: "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
    months: "",
    short_months: "",
    numbers: "",
    between: ["、", "、"],
};

const CHINESE: Names = Names {
    days: "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
    between: ["、", "和"],
    ..JAPANESE
};
