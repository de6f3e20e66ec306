//! The words that the reader knows: lists separated by blanks, without diacritics, in lower case.

/// Function words, which say nothing of what a text is about.
pub(super) const STOP: &str = "a an the of in on at to for from by with and or but if as than then that this these those it its \
    is are was were be been being am do does did done have has had having will would shall should can could may might must \
    not no so such there their they them he she his her him we our us you your i me my one any some each all both own same \
    into onto over under between during within without per about up out off only also just very too yet still when while \
    after before now today currently present until since because de het een van en der die das und le la les un une des du et \
    den dem ist sind im ik heb est sont werden wird wurde zijn worden wordt according s t compared much many";

/// Words that ask.
pub(super) const ASKS: &str = "how what which who whom whose when where why hoe hoeveel wat welke wie wanneer waar waarom \
    wieviel was welche welcher welches wer wann wo warum combien quand quel quelle qui comment pourquoi";

/// Words before the word that asks, and after the noun that is asked for.
pub(super) const PREPOSITIONS: &str = "of in on at to for from by with within over under until since during above below \
    through after before between across per than as van in op voor bis seit nach";

/// Verbs that a question begins with, or that follow the word that asks.
pub(super) const AUXILIARIES: &str = "is are was were do does did can could may might must has have had will would should \
    shall be happens ist sind werden wird wurde hat est sont zijn wordt worden heb";

/// Groups of words of which one stands for another.
pub(super) const SYNONYMS: [&str; 30] = [
    "keep kept retain retained retention store stored remember remembered hold held",
    "cost price fee charge pay paid costs",
    "begin start began started beginning",
    "end stop expire expired ended lapse",
    "limit maximum cap most largest longest highest up",
    "allow permit accept may",
    "reject refuse rejected refused",
    "spouse wife husband married",
    "born birth birthplace",
    "die died death",
    "found founded formed established formation created",
    "located location situated",
    "author wrote written writer",
    "compose composer composed",
    "direct director directed",
    "perform performer performed singer sung",
    "replace rotate rotated replaced rotation",
    "valid lifetime life last lasts",
    "login logins sign signin session",
    "delete deleted removed remove erased",
    "approve approval approved approves",
    "error code fault failure",
    "delay wait waits delayed",
    "employee staff person people",
    "customer client account",
    "often every frequency interval",
    "h hour hours",
    "min minute minutes",
    "buy purchase bought acquired",
    "attempt attempts try retry retries",
];

/// The share of a term that a word of its group counts for.
pub(super) const SYNONYM_SHARE: f64 = 0.6;

/// Nouns that ask for money.
pub(super) const MONEY_NOUNS: &str = "cost costs price fee salary pay paid invoiced earn earned charge charged revenue refund \
    credit amount budget money debt goodwill wage compensation";

/// Nouns that ask for a share.
pub(super) const PERCENT_NOUNS: &str = "percentage percent share proportion availability";

/// Nouns that ask for a date.
pub(super) const DATE_NOUNS: &str = "year date month day weekday hours deadline century decade time";

/// Units of time, which after `how many` ask for a duration.
pub(super) const TIME_NOUNS: &str = "second seconds minute minutes hour hours day days week weeks month months year years \
    uur dagen tage jahre jours";

/// Nouns that ask for a duration.
pub(super) const DURATION_NOUNS: &str =
    "duration lifetime delay timeout interval period window tolerance retention age overlap";

/// Nouns that ask for an identifier.
pub(super) const CODE_NOUNS: &str = "code status flag header scope field parameter variable operation setting endpoint \
    constraint acronym command function method option id property incident branch";

/// Nouns that ask for a number.
pub(super) const AMOUNT_NOUNS: &str = "limit maximum minimum number count population size throughput threshold default \
    capacity rate snowfall temperature height length width area rank ranking elevation distance speed salary";

/// Nouns that ask for a person.
pub(super) const PERSON_NOUNS: &str = "person president director author singer leader spouse wife husband founder actor \
    actress character explorer owner minister king queen child sibling father mother team company";

/// Nouns that ask for a place.
pub(super) const PLACE_NOUNS: &str = "country city state county place region town village river continent district location \
    territory territories birthplace capital island province area neighborhood municipality airport";

/// Nouns that ask for a statement.
pub(super) const SENTENCE_NOUNS: &str = "difference relationship purpose reason way advantage benefit step effect impact \
    consequence happens thing order method important kind approach role example factor strategy consideration rule finding capability feature";

/// Words by which a question speaks of what held before.
pub(super) const PAST_CUES: &str =
    "before previous previously former formerly earlier superseded originally then until";

/// Words by which a question speaks of what holds.
pub(super) const PRESENT_CUES: &str = "today currently current present nowadays new";

/// Words by which a clause speaks of what no longer holds.
pub(super) const STALE_CUES: &str = "before until previously formerly earlier old was were superseded replaced former \
    deprecated avant vorher voorheen";

/// Words by which a clause speaks of what holds.
pub(super) const FRESH_CUES: &str = "now since today currently current present from";

/// Names of months.
pub(super) const MONTHS: &str = "january february march april may june july august september october november december jan feb \
    mar apr jun jul aug sep sept oct nov dec januari februari maart mei juni juli augustus oktober januar marz mai dezember \
    janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre";

/// Units of time.
pub(super) const TIME_UNITS: &str = "ms millisecond milliseconds s sec second seconds min mins minute minutes h hr hrs hour \
    hours day days week weeks month months year years quarter quarters tage tagen tag wochen monate jahre stunden minuten \
    dagen dag weken maanden jaar uur uren jours jour semaines mois ans heures";

/// Units of other quantities.
pub(super) const UNITS: &str = "inch inches feet foot ft mile miles km kilometres kilometers m metres meters cm mm kg kilograms \
    pounds lb tons tonnes mb gb tb kb kib mib gib bytes characters tokens rows events requests messages a per acres hectares \
    degrees mbit gbit hz mph million billion trillion";

/// Currencies, as words.
pub(super) const CURRENCIES: &str = "eur usd gbp sgd chf jpy cad aud dollar dollars euro euros pounds cents";

/// Adjectives between a number and its unit.
pub(super) const UNIT_ADJECTIVES: &str = "business working calendar full more consecutive other whole";

/// Adverbs of frequency.
pub(super) const OFTEN: &str =
    "daily weekly monthly hourly yearly annually quarterly once twice always never";

/// Nouns of roles, which end a name: `the Security lead`.
pub(super) const ROLES: &str = "lead manager team engineer officer director owner administrator primary secondary admin \
    committee council president minister";

/// Prepositions before the name of a place.
pub(super) const PLACE_PREPOSITIONS: &str = "in at near from of to into";

/// Words inside a name between capitalised ones.
pub(super) const CONNECTORS: &str = "of the de van von der la le du and for al bin ibn da di";

/// Words before a number that belong to it.
pub(super) const BOUNDS: &str = "over about approximately around nearly almost";

/// Names of days.
pub(super) const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday utc";
