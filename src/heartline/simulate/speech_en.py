"""English: the clauses customers are made of. Written for this simulator; nobody really said them."""

from __future__ import annotations

from typing import Final

from heartline.simulate.speech import Tongue

_GOOD: Final = {
    "late delivery": (
        "the box came {early} than promised", "it arrived on {day} exactly as they said",
        "ordered {day}, brewing it by {day}", "never had to chase a delivery, {n} boxes in",
        "tracking said {hour} and {hour} it was", "bang on time again, that is {n} out of {n}",
        "dispatch to doorstep in {short}",
    ),
    "courier": (
        "the courier {courier_good}", "our driver {courier_good}",
        "the {courier_adj} person who brings it {courier_good}", "whoever does our street {courier_good}",
        "the driver waited while I was {doing}", "delivery was {fine_word}, the driver {courier_good}",
        "same driver every time and she {courier_good}",
    ),
    "packaging": (
        "the new box fits through the letterbox", "love the {pack_adj} packaging, opened it at the {place}",
        "the card sleeve survived {weather}", "not a gram of plastic and the {coffee} was perfectly sealed",
        "my {person} kept the box, it is that nice", "the tin is lovely and the label tells you about {origin}",
        "easy to open, easy to recycle, {fine_word}",
    ),
    "taste": (
        "the {coffee} tastes of {note} and {note}", "first cup of the {coffee} stopped me mid-{doing_noun}",
        "the {coffee} in the {brewer} is {great}", "best {coffee} I have had since {origin}",
        "my {person} asked where the coffee was from, the {coffee} is {great}",
        "{note} on the nose, {note} after, exactly as the card says", "even with {milk} the {coffee} sings",
        "I switched from {rival} and the {coffee} is {great}", "the {coffee} wakes up the whole {place}",
    ),
    "freshness": (
        "roasted on {day}, at my door by {day}", "the bag still puffed when I opened it, roasted {short} before",
        "you can smell how fresh the {coffee} is through the box",
        "the bloom on the {coffee} in my {brewer} is unreal", "roast date {short} ago, nobody else does that",
    ),
    "price": (
        "worth every penny, the {coffee} costs {rival} twice that", "£{pounds} for {size} of {coffee} is fair",
        "cheaper than {n} flat whites and {great}",
    ),
    "grind": (
        "the {brewer} grind is spot on", "they ground the {coffee} for my {brewer} and it is {great}",
        "the plan finder picked the right grind for my {brewer}",
    ),
    "delivery day": ("moved my box to {day} in two taps", "being able to skip the {month} box was {fine_word}"),
    "app": (
        "ordered from the {place}, ready when I got to {cafe}",
        "the app is {fine_word}, my usual at {cafe} in no time", "reordering the {coffee} took seconds",
        "the brew timer in the app got my {brewer} right",
    ),
    "café staff": (
        "{barista} at {cafe} remembered my {drink}", "the team at {cafe} were {kind_adj}, even {busy}",
        "{barista} talked me through the {coffee} without any fuss",
        "lovely welcome at {cafe}, my {person} felt at home", "they redid my {drink} at {cafe} before I asked",
        "{barista} is the reason I walk past {rival} to {cafe}",
    ),
    "café queue": (
        "in and out of {cafe} in {minutes} minutes", "queue at {cafe} moved fast {busy}",
        "second till at {cafe} makes all the difference",
    ),
    "support": (
        "{agent} sorted it in one message", "{agent} rang me back within {minutes} minutes",
        "a real person, {agent}, who {agent_good}", "chat took {minutes} minutes and {agent} {agent_good}",
        "asked about my {brewer}, {agent} {agent_good}",
    ),
    "subscription": (
        "{n} boxes in and no plan to stop", "swapping to the {coffee} was easy",
        "the subscription just works, {coffee} then {coffee} then {coffee}",
        "gave a subscription to my {person}, now we compare notes",
    ),
    "order": (
        "ordering the {coffee} was quick", "checkout took {minutes} minutes with my {person} talking at me",
        "found the {coffee} straight away", "paid, done, back to {doing_noun}",
    ),
    "community": (
        "shared my {brewer} recipe and {n} people tried it", "learnt more about {origin} here than anywhere",
        "{barista}'s tip about water changed my {brewer}",
    ),
    "workshop": (
        "poured my first rosetta next to {barista}", "the latte workshop was {great}, my {person} wants to go too",
        "finally know why my {milk} never worked", "two hours at {cafe} with {barista}, {great}",
        "came home and made {n} {drink}s in a row", "{barista} fixed my {drink} with one sentence",
    ),
}  # fmt: skip
_BAD: Final = {
    "late delivery": (
        "the box was due {day} and came {late_span}", "still no box, it was promised for {day}",
        "{late_span} and not a word from anyone", "{ordinal} box in a row that is late",
        "waited in all {day} for nothing", "tracking has said out for delivery for {span}",
        "ran out of coffee because the {coffee} turned up {late_span}",
        "my {coffee} took {span} to travel {miles} miles", "it used to come on {day}, now it comes when it likes",
        "delivery slipped from {day} to {day}, again", "the {month} box arrived {late_span}",
        "{span} late with no message, had to buy from {rival}", "promised in two days, took {span}",
    ),
    "courier": (
        "the courier {courier_bad}", "new courier {courier_bad}", "driver {courier_bad} and did not knock",
        "they say delivered, but the driver {courier_bad}", "since the courier changed the driver {courier_bad}",
        "card says sorry we missed you, I was {doing} by the door", "nobody rang the bell, the courier {courier_bad}",
    ),
    "packaging": (
        "the new box arrived {crushed}", "the sleeve was {crushed} and coffee all over the {place}",
        "could not open the new packaging without {tool}", "too much card for {size} of coffee",
        "I preferred the old tin, the new box is {crushed}", "the new packaging does not close again",
    ),
    "taste": (
        "the {coffee} is flat in my {brewer}", "could not find the {note} the card promises",
        "{coffee} is sour however I brew it", "the {coffee} was {bad_taste}, not like {month}",
        "{drink} at {cafe} was {bad_taste}",
    ),
    "freshness": (
        "roast date was {span} before it came", "the {coffee} smelt of nothing",
        "no bloom at all in the {brewer}, this bag is old",
    ),
    "burnt taste": (
        "lot 217 tastes {burnt}", "the new {burnt_bag} is {burnt}",
        "opened the {burnt_bag} this morning and it smells {burnt}",
        "every cup from lot 217 is {burnt}, tried my {brewer} too", "beans are black and oily, tastes {burnt}",
        "poured away {n} cups of the {burnt_bag}, {burnt}", "is lot 217 meant to taste {burnt}",
        "something went wrong with the {burnt_bag}, it is {burnt}",
        "my {person} asked if I had set fire to the {place}, lot 217 is {burnt}", "bag says lot 217, cup says {burnt}",
    ),
    "price": (
        "£{pounds} for {size} is steep", "price went up and the {coffee} did not get better",
        "{rival} does {size} for less", "£{pounds} for a {drink} at {cafe}",
    ),
    "grind": (
        "ground too fine for my {brewer}", "ordered beans, got it ground for {brewer}",
        "the page never says which grind a {brewer} needs", "my {brewer} choked on the grind",
    ),
    "delivery day": (
        "there is no way to choose the delivery day", "always comes on {day} when I am at work",
        "asked for {day}, was told I cannot pick", "away in {month} and could not pause the box",
    ),
    "pickup step": (
        "why does the app ask where to pick up {n} times", "the new pickup step sends me back to the start",
        "chose {cafe}, tapped next, and it asked me to choose again", "six taps to get a {drink} since the update",
        "gave up on the pickup screen and queued at {cafe}",
    ),
    "app": (
        "app signed me out {ordinal} time this week", "the app forgot my {drink}", "app froze while I was {doing}",
        "notifications at {hour} in the morning",
    ),
    "café staff": (
        "asked for {milk} at {cafe} and got a shrug", "{cafe} got my {drink} wrong {ordinal} time",
        "nobody looked up when we came into {cafe}", "my {person} was ignored at the counter in {cafe}",
    ),
    "café queue": (
        "{minutes} minutes for a {drink} at {cafe}", "queue out of the door at {cafe} {busy}",
        "one person on the till at {cafe} {busy}", "waited {minutes} minutes, then they had run out of {milk}",
        "nowhere to sit at {cafe} {busy}",
    ),
    "support": (
        "typed it all in chat, then said it all again by phone", "{minutes} minutes on hold to hear the same answer",
        "{agent} closed my chat before I had finished", "told it was solved, it is not",
        "asked {n} times about the same {coffee}", "promised a call back on {day}, nothing",
    ),
    "subscription": (
        "cancelling took {n} screens", "was charged for {month} after I paused",
        "cannot swap the {coffee} for the {coffee} in my plan", "renewal notice came the day before the money went",
    ),
    "order": (
        "checkout lost my basket {ordinal} time", "the voucher from {month} did not work",
        "the {coffee} showed in stock, then it was not", "confirmation for the {coffee} never came",
    ),
    "community": ("asked about my {brewer} {span} ago and nobody answered", "too many adverts between the recipes"),
    "repeated question": (
        "I just told the chat all of this about the {coffee}", "do I have to start from the beginning with my {brewer}",
        "your chat asked me {n} questions and you ask them again", "I typed my order number {minutes} minutes ago",
        "{ordinal} time I explain the same {coffee} today", "it is all in the chat, why do you ask me again on {day}",
        "can you not see what I wrote about the {month} box", "my {person} heard me say the same thing {n} times",
    ),
    "workshop": (
        "eleven people and one steam wand at {cafe}", "spent most of the workshop waiting for {milk}",
        "{barista} talked about {origin} and we hardly poured", "booked as a present, my {person} was bored",
    ),
}  # fmt: skip
_ASKS: Final = {
    "grind": (
        "which grind do I need for a {brewer}", "is medium right for my {brewer} or should I go coarser",
        "the plan finder offers {n} grinds, what is the difference for a {brewer}",
        "do you grind the {coffee} or send beans",
    ),
    "delivery day": (
        "can I choose {day} for my box", "can the {month} box wait a week, I am away",
        "is there a way to have it come to my {person} on {day}",
    ),
    "subscription": (
        "how do I swap the {coffee} for the {coffee}", "can I pause after the {month} box",
        "what happens to my price after {month}", "how do I add {size} to the next box",
    ),
    "order": (
        "did my order for the {coffee} go through, no mail yet", "can I still add {size} of {coffee}",
        "please send the invoice for {month}", "which card did I pay the {coffee} with",
    ),
    "taste": (
        "how much {coffee} for {n} cups in a {brewer}", "what water do you use for the {coffee}",
        "does the {coffee} work with {milk}",
    ),
    "late delivery": (
        "where is my {coffee}, it was due {day}", "any news on my box, tracking stopped on {day}",
        "is my {month} box on its way",
    ),
    "community": (
        "anyone brewing the {coffee} in a {brewer}, what ratio", "what does {note} even taste like in the {coffee}",
        "going to {cafe} on {day} for the cupping, who comes", "{brewer} or {brewer} for the {coffee}",
    ),
    "café queue": ("is {cafe} quieter on {day}", "does {cafe} open before {hour} on {day}"),
    "support": ("who do I talk to about a {drink} machine", "is {agent} back on {day}"),
    "returns": (
        "how long do I have to send the {coffee} back", "can I return {size} of {coffee} I opened in {month}",
        "my {person} got the {coffee} twice, how many days to return one",
        "wrong grind for my {brewer}, can it go back",
        "bought a {brewer} on {day}, until when can I return it",
        "is it too late to bring back the {coffee} from {month}",
        "what is your return policy on a {brewer}", "may I hand a bag back at {cafe}, and until when",
    ),
    "workshop": (
        "can I book the latte workshop at {cafe}", "is there a place at the workshop on {day} for me and my {person}",
        "how do I join the draw for the {month} workshop", "does the latte workshop cover {milk}",
        "I would like to learn to pour a {drink}, is the workshop right for me", "do I bring my own jug on {day}",
        "put me down for the workshop with {barista}, please", "are there evening workshops at {cafe} in {month}",
    ),
}  # fmt: skip

ENGLISH: Final = Tongue(
    good=_GOOD,
    bad=_BAD,
    asks=_ASKS,
    openers={
        "joy": (
            "oh this is lovely", "really happy", "what a treat", "brilliant", "five stars", "so good", "delighted",
            "made my {day}", "can't fault it", "ten out of ten",
        ),
        "gratitude": (
            "thank you", "thanks so much", "big thanks", "thank you all", "much appreciated", "you are stars",
            "just wanted to say thanks", "thanks to whoever packed this",
        ),
        "neutral": ("hello", "hi there", "quick one", "morning", "hi", "just asking", "all fine so far", ""),
        "confusion": (
            "hi, a bit lost", "sorry, I don't follow", "help please", "not sure I understand", "confused here",
            "hello, maybe a silly question",
        ),
        "worry": (
            "getting worried", "hello, a bit concerned", "hope this is not lost", "starting to worry",
            "please check for me", "hi, I am anxious about this one",
        ),
        "disappointment": (
            "disappointed", "not what I hoped for", "a shame", "let down", "sad to say this", "expected better",
            "oh dear", "it used to be so good",
        ),
        "annoyance": (
            "come on", "again", "seriously", "this is getting silly", "fed up", "honestly", "not great",
            "how hard can it be",
        ),
        "anger": (
            "unacceptable", "I am furious", "absolute joke", "appalling", "disgraceful", "never again",
            "I have had enough", "what are you playing at", "this is a disgrace",
        ),
    },
    closers={
        "joy": (
            "will be back", "telling everyone at {work}", "more please", "keep it up", "already planning {month}",
            "my {person} agrees", "roll on the next box", "lovely stuff", "",
        ),
        "gratitude": (
            "it meant a lot", "you didn't have to", "please pass it on", "say hi to {barista}", "really kind",
            "best thing that happened on {day}",
        ),
        "neutral": ("thanks", "cheers", "no rush", "let me know", "thank you in advance", "{first}", ""),
        "confusion": (
            "could you explain", "what should I pick", "a picture would help", "the page doesn't say",
            "thanks for your patience",
        ),
        "worry": (
            "please tell me it's coming", "it's a present for my {person}", "can somebody look", "need it by {day}",
            "please let me know either way",
        ),
        "disappointment": (
            "hope it gets better", "not sure I'll stay", "shame, really", "will give it one more go",
            "I miss how it was", "thinking about {rival}",
        ),
        "annoyance": (
            "sort it out", "please just fix it", "once is fine, {n} times is not", "my {person} is laughing at me",
            "why", "do better",
        ),
        "anger": (
            "I want my money back", "cancel everything", "I'm off to {rival}", "shameful", "refund, today",
            "I expect a call on {day}", "last warning", "you have lost me",
        ),
    },
    so_so=(
        "nothing special about the {coffee} this time", "it is all right, {size} of {coffee}", "as always, {coffee}",
        "came on {day}, drank it by {day}", "neither good nor bad, my {person} drinks it", "does what it says",
        "the {coffee} was fine, the {coffee} before was fine too", "no strong feelings, {drink} in hand",
        "it is coffee, made in my {brewer}", "average, I would say, for £{pounds}",
    ),
    mixed=(
        "{a}, but {b}", "{b}, though {a}", "{a}. Shame that {b}", "{a} and yet {b}",
        "on one hand {a}, on the other {b}", "fair's fair: {a}. Still, {b}", "{b}. To be fair, {a}",
        "mixed feelings: {a}, {b}",
    ),
    sarcasm=(
        "Oh wonderful, {bad}. Love that for me.", "Great service: {bad}. Truly outstanding.",
        "Well done everyone, {bad}. Slow clap.", "Fantastic, {bad}. Just what I needed.",
        "Ten out of ten for suspense: {bad}.", "Thanks a million, {bad}. Who needs coffee anyway.",
        "What a treat, {bad}. Can't wait for {month}.", "Lovely surprise on {day}: {bad}. Bravo.",
    ),
    slots={
        "coffee": (
            "Kenyan", "Yirgacheffe", "Huila", "Sumatra", "house blend", "decaf", "Antigua", "Kayanza", "Sidamo",
            "Harbour blend", "Tarrazú", "Santos", "Christmas blend", "Monsooned Malabar",
        ),
        "origin": ("Kenya", "Ethiopia", "Colombia", "Sumatra", "Guatemala", "Burundi", "Brazil", "Costa Rica", "Peru"),
        "note": (
            "blackcurrant", "cocoa", "bergamot", "hazelnut", "peach", "toffee", "jasmine", "plum", "orange peel",
            "honey", "walnut", "red apple",
        ),
        "brewer": (
            "V60", "moka pot", "cafetière", "AeroPress", "espresso machine", "Chemex", "filter machine", "cezve",
            "French press", "cold brew jar",
        ),
        "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
        "month": ("January", "March", "April", "May", "June", "July", "September", "October", "November"),
        "n": ("two", "three", "four", "five", "six", "seven", "nine", "twelve"),
        "ordinal": ("second", "third", "fourth", "fifth"),
        "span": ("four days", "five days", "nearly a week", "a whole week", "three days", "six days", "days"),
        "late_span": (
            "two days late", "three days late", "four days late", "on the wrong day", "a day late", "the week after",
            "long after I'd given up", "when I was away",
        ),
        "short": ("two days", "a day and a half", "36 hours", "less than two days", "one day"),
        "early": ("a day earlier", "earlier", "two hours earlier", "half a day earlier"),
        "hour": ("six", "seven", "nine", "half past ten", "noon", "two", "four"),
        "minutes": ("two", "three", "five", "ten", "fifteen", "twenty", "twenty-five", "forty"),
        "miles": ("eight", "twelve", "thirty", "forty", "sixty"),
        "pounds": ("3.90", "4.20", "9.80", "10.90", "11.50", "15.90", "18"),
        "size": ("250 g", "500 g", "a kilo", "one bag", "two bags"),
        "person": (
            "wife", "husband", "mum", "dad", "sister", "brother", "flatmate", "neighbour", "boss", "daughter", "son",
            "partner", "gran", "colleague",
        ),
        "place": ("kitchen", "office", "train", "garden", "allotment", "hallway", "bus", "workshop"),
        "work": ("work", "choir", "the school gate", "football", "the allotment", "book club", "the office"),
        "weather": ("the rain", "a wet doorstep", "the post", "a puddle", "my dog"),
        "crushed": ("crushed", "soaked", "torn", "dented", "split along the seam", "flattened"),
        "tool": ("scissors", "a bread knife", "my teeth", "pliers"),
        "pack_adj": ("new", "paper", "flat", "clever", "plain"),
        "great": ("superb", "gorgeous", "something else", "a joy", "just right", "spectacular", "really good"),
        "fine_word": ("faultless", "smooth", "easy", "painless", "a pleasure"),
        "courier_adj": ("cheerful", "patient", "kind", "friendly"),
        "courier_good": (
            "always has a word for the dog", "left it dry behind the bins, as asked", "even rang ahead",
            "carried it up {n} flights", "is a gem", "left it with my {person}", "waved through the window",
            "knows where to hide it",
        ),
        "courier_bad": (
            "left the box out in the rain", "threw it over the gate", "left it at number {n}",
            "put it in the wrong {place}", "drove past while I was {doing}", "left it in the bin store",
            "was rude to my {person}", "marked it as refused", "never came up the stairs",
        ),
        "doing": (
            "finding my shoes", "on the phone", "calming the dog", "working", "in the shower", "fetching my {person}",
        ),
        "doing_noun": ("sentence", "meeting", "toast", "crossword", "yawn"),
        "drink": ("flat white", "cortado", "oat latte", "espresso", "cappuccino", "filter", "mocha", "chai"),
        "milk": ("oat milk", "soya", "whole milk", "almond milk"),
        "cafe": (
            "Mill Lane", "the Arcade", "Chapel Yard", "the Tannery", "Harbour Steps", "Lighthouse Row",
            "Castle Street", "the Quayside", "Bridge End", "Orchard Hill", "Canal Basin", "Market Hall", "my café",
        ),
        "busy": ("at lunch", "on a Saturday", "before nine", "in the half-term rush", "with a pram queue", "at four"),
        "barista": ("Jess", "Mo", "Kasia", "Tadhg", "Priya", "Luca", "Efua", "Sam"),
        "kind_adj": ("lovely", "patient", "kind", "so warm", "calm"),
        "agent": ("Tom", "Aisha", "Priya", "Ines", "Gareth", "Joanna", "your colleague"),
        "agent_good": (
            "knew what I meant", "put it right", "sent a new bag", "made me laugh", "did not read a script",
        ),
        "bad_taste": ("bitter", "lukewarm", "watery", "sour", "stale", "dull"),
        "burnt": (
            "burnt", "like ash", "of charcoal", "like a bonfire", "scorched", "like burnt toast", "of smoke",
            "like an ashtray",
        ),
        "burnt_bag": ("Kenyan", "lot 217", "bag from this week", "lot 217 Kenyan", "batch 217"),
        "rival": ("the supermarket", "the place on the corner", "Copper Kettle", "Bean Barn", "another roaster"),
        "first": ("Jo", "Sam", "A.", "M.", "Alex", "K.", "Pat"),
    },
)  # fmt: skip
