/**
 * Given names and their everyday forms, written as `comparable` writes them: first the given name, then its short forms. A
 * short form may stand in several lines ("pat": Patricia, Patrick), which does not make those names each other's. The
 * packages that offer such a list (hypocorism and its ports) say that "Ron" may be Veronica, which is too much for saying
 * who somebody is, so this list is short and careful. A name that is missing costs an admin one click.
 */
const LINES = `
abigail abby abbie gail
adelaide addie
albert al bert
alexander alex alec al sandy xander sasha
alexandra alex alexa lexi sandra sandy sasha
alfred al alf fred
alice allie
allan al
andrew andy drew
andreas andy
ann annie anny
anna annie anni
anne annie
anthony tony
antonio tony toni
arthur art
barbara barb barbie babs
benjamin ben benny benji
bernard bernie
beverly bev
bradley brad
calvin cal
cameron cam
carolyn carol
caroline carrie
cassandra cass cassie sandra
catherine cathy cath kate katie cat
katherine kathy kath kate katie kat kitty
kathryn kathy kate katie
kathleen kathy kath kate
charles charlie charley chuck chas
charlotte charlie lottie
christian chris
christina chris chrissy tina
christine chris chrissy tina
christopher chris kit topher
cynthia cindy
daniel dan danny
danielle dani
david dave davey
deborah deb debbie debby
debra deb debbie
denise denny
dennis denny den
donald don donnie
dorothy dot dottie dolly
douglas doug
edmund ed eddie ned
edward ed eddie ted teddy ned
edwin ed eddie
eleanor ellie nell
elizabeth liz lizzie beth betty betsy bess eliza libby
emily em emmy
emma em
ernest ernie
eugene gene
evelyn evie
florence flo flossie
frances fran francie frankie
francis frank frankie
francisco paco pancho frank
franklin frank
frederick fred freddie freddy
friedrich fritz fred
gabriel gabe
gabrielle gabby
geoffrey geoff jeff
gerald gerry jerry
gerard gerry jerry
gertrude trudy
gregory greg
guillermo memo
gustav gus
harold harry hal
harriet hattie
henry harry hank hal
herbert herb bert
hubert bert
isabel bella izzy
isabella bella izzy
jacob jake
jacqueline jackie
james jim jimmy jamie jem
janet jan
jeanette jean
jeffrey jeff
jennifer jen jenny jenn
jeremiah jerry jeremy
jerome jerry
jessica jess jessie
joan joanie
joann jo
joanna jo
johannes hannes hans jan
john johnny jack jon
jonathan jon jonny john
joseph joe joey
josephine jo josie
jose pepe
joshua josh
joyce joy
judith judy
julia julie
justin jus
kenneth ken kenny
kimberly kim
kristina kris kristi tina
kristine kris tina
laurence larry laurie
lawrence larry laurie
leonard leo len lenny
leonardo leo
lillian lil lily
louis lou louie
louise lou
lucille lucy
luis lucho
margaret maggie meg peggy marge margie
marjorie marge margie
martin marty
martha marty
matthew matt
maximilian max
melissa mel missy
melanie mel
michael mike mikey mick mickey
michelle shelly
mildred millie
mitchell mitch
nancy nan
nathan nate
nathaniel nate nat nathan
nicholas nick nicky nico
nicole nicki nikki
norman norm
oliver ollie olly
olivia liv livvy
pamela pam
patricia pat patty patti tricia trish
patrick pat paddy
penelope penny
peter pete
philip phil
phillip phil
priscilla cilla
rachel rae
ralph ralphie
randall randy
randolph randy
raymond ray
rebecca becca becky
reginald reg reggie
richard rick ricky dick rich richie
robert bob bobby rob robbie robby bert
roberta bobbie
rodney rod
roger rodge
roland rollie
ronald ron ronnie
rosemary rose rosie
rudolf rudi rudy
russell russ
ruth ruthie
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sadie
sean shawn
sharon shari
sigmund sig
solomon sol
sophia sophie
stanley stan
stephanie steph stevie
stephen steve stevie
steven steve
stuart stu
susan sue susie suzy
susanna sue susie suzy
suzanne sue suzy
sylvia syl
terence terry
teresa terry tess tessa
theresa terry tess tessa
theodore ted teddy theo
thomas tom tommy
timothy tim timmy
tobias toby
valerie val
veronica ronnie
victor vic
victoria vicky vicki tori
vincent vince vinny
virginia ginny
walter walt wally
wesley wes
wilhelm willi willy
william will bill billy willie willy liam
winifred winnie
zachary zach zack
`

const GIVEN_OF = new Map<string, Set<string>>()
for (const line of LINES.trim().split('\n')) {
  const [given = '', ...short] = line.split(' ')
  for (const name of [given, ...short])
    GIVEN_OF.set(name, (GIVEN_OF.get(name) ?? new Set()).add(given))
}

/** Whether two names, as `comparable` writes them, can be forms of one given name ("bob" and "robert", "bob" and "rob"). */
export function isNickname(a: string, b: string): boolean {
  const other = GIVEN_OF.get(b)
  return [...(GIVEN_OF.get(a) ?? [])].some((given) => other?.has(given))
}
