"""What fields of members' profiles and privacy mean."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "answers": "What the member says, question by question.",
    "views": "What was looked at, 1 to 100 looks.",
    "causes": "Why, the weightiest first.",
    "consents": "Choices, one for each purpose and channel.",
    "history": "Every choice ever made, newest first.",
    "erasure": "How far forgetting is.",
    "export": "How far the file is.",
    "questionnaire": "The questions, and what an answer earns.",
    "questionnaires": "Each in its present version.",
    "questions": "In the order in which they are asked.",
    "offer": "The questionnaire as it was offered.",
    "offers": "Questionnaires that staff offered, newest first.",
    "reads": "Looks at personal data, newest first.",
    "record": "What happened.",
    "records": "What happened, newest first.",
    "definition": "The word and who may give it.",
    "definitions": "The brand's list of tags.",
}
