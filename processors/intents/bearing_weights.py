"""Weights of `bearing`, written by `python -m ops.encoder.bearing`; not for editing.

Trained on MultiDoGO (CDLA-Permissive 1.0) and CLINC150 (CC BY 3.0). A line is a weight and the
features that have it; `^` and `$` are the turn's ends, `#` is any number.
"""

from __future__ import annotations

from typing import Final

SCALE: Final = 64
"""Weight of one unit of log-odds."""
BIAS: Final = -47
WEIGHTS: Final = """
-138 #
-115 length 1
-110 thanks
-102 length 2
-82 no
-81 company
-80 name
-76 yes
-72 sure
-67 thank
-66 email|for your
-63 ^ yes|okay
-62 nothing
-61 # $
-60 ok
-58 name is
-57 that $
-55 ^ sure
-52 confirm
-51 ^ nothing|you
-50 ^ my name|^ okay|city|thanks for
-49 all|thank you
-48 ^ no|^ thanks|sorry
-46 are you
-45 number
-44 that
-43 great|me $|second|you $
-42 i will|morning|this is
-41 ^ hello|how are|nice
-40 ^ ok|bye|good|one
-39 help $|thats|yeah
-38 ^ this is|^ yeah|its
-37 ^ thank|how are you|ssn
-36 ^ hi|hi|info|please confirm
-35 ^ this|have a|my name
-34 ^ sorry|mail|march $|sir
-33 ^ that|^ with|credit card $
-32 number is
-31 ^ my|and the|hello|i find
-30 ^ name|else|it
-29 ^ how are|^ i would|bye $|fine|moment|of the|what is that|with my credit
-28 ^ oh|a second|and|and my|confirm the|day|i am|my email|thankyou
-27 ^ my email|a minute|answer|correct|good morning|mean|my name is|to you|you for
-26 ^ one|^ thank you|black|com|i bought|im|it is|sam|thats all|would be|year
-25 ^ not|a minute $|com $|james|minute $|mistake
-24 ^ good|^ thanks for|here|is # $|is that|jesse|light $|look|order $|sorry my|that is|wait
-23 bought|for the|it shows|mean $|my credit card|really|thank you for|very|your help
-22 already|hold on|same $|that's|what do you|zip
-21 ^ the|credit card|email address|find it|find it $|hold|ill|it up|morning $|mr|number is #
-21 the same $|with you
-20 ^ im|^ what do|a #|bob|help|helpful|it was|light|riley|thanks $|the #|there $|your help $
-20 your service
-19 ^ hai|^ of|^ of course|^ thats|a nice|car|check $|correct $|course|day $|done|drew|email is
-19 first|go with|hai|i like|in my|it in|know $|mistake $|of course|smith|so much|thanks for the
-18 ^ a|^ i am|awesome|casey|do you need|id|is|let me|oh|one $|provide|spencer|to buy a|welcome
-18 with #
-17 ^ are you|^ have a|all i|can i find|charlie|code|details|don't know|enough|full|goodbye
-17 have a nice|have it|information|john|now|on a|please do|queries|same|very helpful|want to
-17 what do|with you $
-16 ^ great|^ it was|^ that's|are you there|blue|do i find|doing|drew $|for your service|great day
-16 here $|i want to|make|much $|new york|nice to|nothing else|option|pleasure|status of|works|york
-16 you there|zip code
-15 ^ i don't|^ i live|^ it is|^ just|^ let me|^ sorry my|a great|already $|fine $|give me a
-15 helpful $|i #|i don't know|i dont|i live|i live in|it $|large|live|live in|take your|to you $
-15 wait $|weeks ago $|wonderful|yes i have|you so
-14 ^ #|^ at|^ good morning|^ hey|^ its|^ nothanks|^ sorry i|ago $|ahead $|all my|appreciate|co
-14 confirm this|do $|email $|for my|for now|good morning i|i appreciate|i do|it for|last week
-14 nothanks|prefer|quick|raj|riley $|sam $|side|smith $|the second|two $|up $|value|week|weeks ago
-14 you need
-13 ^ i appreciate|^ james|^ ok i|^ that is|^ you have|^ youre|^ youre welcome|a great day|alex
-13 brand|choose|digits|doing $|goodbye $|need #|nice day|no more|ok i|ram|remember $|taylor $
-13 thanks for your|thats all i|the help|the same|week $|ya|you so much|youre|youre welcome
-12 ^ awesome|^ hi i|^ nothing else|^ thankyou|ago|anything|care|data|for the help|for your help
-12 future|hi i|hi i want|i choose|i need your|i send|lot|of march|of march $|own time|quality
-12 send it|shows|so much $|thanks a|the details|total|waiting|weeks|where can i|you doing
-12 you for your|your service $
-11 ^ here|^ hmm|^ i dont|^ sure my|^ thats all|^ where do|^ yeah i|a lot|a nice day|all $
-11 all i need|boston $|chennai|city $|do it|dont|for me $|have to|helping|hmm|i think|in boston $
-11 kindly|last week $|later|morning i|much for|my side|not a|not at|number #|perfect|please change
-11 process|sorry i|take your own|taylor|the first|the information|want to check|we|where do
-11 where do i|wow|yeah i
-10 ^ bob|^ i ordered|^ is that|^ new york|^ not at|^ on the|^ perfect|^ where can|a problem $
-10 alright|am not|anything else|application $|as possible|buy a|charlie $|check the|digits of
-10 don't have|for helping|for me|for the information|good bye|have the|help me $|i am not|i know
-10 i like to|i need #|i will wait|it could|jesse $|last|mani|my needs|of my|ok sir|place|plan
-10 please take|please update|quick $|remember|robert|said|super|support|thanks a lot|the # rd
-10 the information $|this morning|try|two weeks|u|where can|will do|will wait|william|yes i will
-10 your own time
-9 ^ # #|^ alright|^ hai good|^ hi there|^ i can|^ john|^ last|^ not really|^ ok sir|^ same|^ yes it
-9 am|amazing|and i am|are you doing|arun|boston|both|checking account $|co $|confirm $|conform
-9 could you please|do to|for helping me|from your|go ahead $|good day|got enough|hai good|happy
-9 have a great|hello i need|helping me|here it|here it is|hi there|i got enough|i ordered|its a
-9 karthick|meet|my password|need your|no problem|not really|not sure|number # $|of #|ok i will
-9 on the #|own time $|purchase a|sent|status of my|superb|sure i|that was|think|time $|to check|u $
-9 understand|very good|will wait $|yes it|your information|z
-8 # i|# in|# on|^ all|^ bye|^ for|^ hello good|^ i do|^ i get|^ no thats|^ now|^ ok please
-8 ^ ok thank|^ okay i|^ on|^ ram|^ robert|^ ya|c|cc|checking account|confirmed|day ahead|do the
-8 else $|feel|flight|get the|good to|hello good|hello i want|i already|i can|i confirm|i could
-8 i don't have|i need to|i want the|in a|in boston|information $|it is a|last four|need to
-8 new york $|no thats|of them|ok please|ok thank|okay i|old|ordered|p|peter|please change the
-8 please confirm the|please take your|provide me the|raj $|right|same to|same to you|see you|suite
-8 sure my|surely|take care|the best|very much|very much $|wait for|waiting $|want the|wonderful day
-8 york $|you are|you there $|your support
-7 # # #|# digits|# please|^ about|^ and|^ by|^ have|^ i have|^ in|^ nice|^ sure i|^ wow|a lot $
-7 a wonderful|abc|address|ahead|always|am done|ann|appreciate it $|assistance|be the|card $|code is
-7 code is #|customer|done $|dont think|for now $|glad|good bye $|got all|great $|great day $
-7 hello sir|i am done|i dont think|i go with|i got all|i need for|i tried|i will do|is # and
-7 james $|joseph|look at|lot $|madurai|martin|mr drew|my pleasure|needed $|nice day $|not sure $
-7 num|number of|okay please|on #|once|possible $|questions|response|siri|some help|ssn #|ssn # $
-7 sunny|tata|thats it for|the bill|there i|to check the|to confirm|to place|to report|two|want $
-7 want to get|was a|wife|yes okay|yes please|you please|you too
-6 ^ alex|^ and my|^ fine|^ goodbye|^ hello i|^ hello sir|^ hi sir|^ okay please|^ oki|^ sir
-6 ^ superb|^ tomorrow|^ two|^ very|^ very good|^ yes please|^ yes sir|^ you too|a good day|about it
-6 about it $|all for|alright $|am from|am waiting|angeles|appreciate it|at all|at this time|bit
-6 cameron|can you tell|care $|case|check|connected|connected $|david|day ahead $|did $|do it $
-6 enough for|everything|fast $|for today|good evening|have a good|have an|have been|hello i|hey
-6 hi sir|home|hope|i am from|i did|i don't|i feel|i want $|i will contact|is all|is good|it is $
-6 it please|jack|johnson|king|last #|last # digits|little|los|los angeles|made|mathew|may i know
-6 moment $|my claim $|no thanks|no thats all|o|of them $|ok my|ok thank you|oki|one time|perfect $
-6 pleasure $|possible|q|raja|red|refer|see|side $|sign|soon as possible|sorry it|spencer $|sure $|t
-6 take care $|thank u|thankyou $|thats it|the help $|them $|this time|to ask|to get|to meet|to your
-6 vino|will contact|yes sir|yesterday|you go|you please update|you very|you very much|your time
-5 # digits of|# to #|^ correct|^ hey there|^ i'll|^ no more|^ no thanks|^ nope|^ ok no|^ ok sure
-5 ^ ok thankyou|^ sir i|^ tata|^ thanks a|^ thats it|^ we|^ yeah its|^ yes its|^ yes you|a lot for
-5 a wonderful day|any new|are right|are you $|as possible $|as soon|as soon as|be all|bills $
-5 business|can i know|christine|cleared|computer|contact|conversation|cool|course $|crv|daniel
-5 daybye|daybye $|digit|do that|enough $|enough for me|for your information|four digits
-5 four digits of|from a|g|gave|george|get back|go $|going|have a wonderful|help in|helped
-5 helping me $|hey there|houston $|i do to|i have to|i please|in this|in your|interested
-5 interested in|is everything|is john|is there anything|john smith|last four digits|lot for|main
-5 martin $|may i|more help|morning i want|ms|my phone number|need for|no i|no need|nope|of course $
-5 ok no|ok sure|ok thankyou|option to|park|paypal|people $|phone number|proceed|provide me|require
-5 richard|room|sam i|singh|siva|so much for|soon|soon as|support $|texas|thankful|thanks again
-5 that is all|that will be|the other|the problem|there anything|think so|thomas|time to|to clear
-5 to have|today $|type|type of|usa|vivek|wait for a|was # $|williams|with me|with my|yeah its
-5 yes its|yes you|you can|you give|you later|you please tell|you too $|your information $
-4 # is|^ and the|^ awesome thanks|^ cool|^ i|^ i think|^ jackson|^ need to|^ nice to|^ no i
-4 ^ no that|^ oh okay|^ okaythank|^ okaythank you|^ raj|^ raja|^ richard|^ robin|^ surely|^ thank u
-4 ^ yes okay|^ you're|a amazing|a amazing day|a help|a help $|a time $|about that|about the
-4 afternoon|again $|am not sure|amazing day|amazing day $|appreciate your|appreciate your help
-4 assistance $|at this|awesome day|awesome thanks|be all $|be great|believe|better $|bills
-4 carry on $|casey $|definitely|dont think so|e #|e # $|each|evening|excellent|family|fast
-4 fine thanks|for sure|for two|for ur|for you|four|get it $|good evening $|good morning $
-4 great day ahead|great i|great thanks|have a amazing|have already|help i|help sir|help sir $
-4 i am waiting|i appreciate your|i confirmed|i have already|i need some|i needed|i see|if any
-4 in los|in los angeles|is # dollars|is a #|is all i|is your|it seems|ive|jackson|johnson $|kim
-4 last month $|let|like to get|like to have|m|me about the|much for your|muthu|need $|need a help
-4 need to report|no #|no is|no that|now no|of # $|oh okay|okaythank|okaythank you|okey|p #|peter $
-4 please change my|please confirm my|please give|porter|queries $|right now no|santa|seems|send the
-4 should i do|small|so $|sorry it is|sure i am|sure take|t $|take your time|thank you so
-4 thanks again $|thanks for helping|that i need|that will|that would be|the last #|three|to do to
-4 to get the|to need a|to new york|to see my|very good morning|wait a|want to buy|want to need
-4 was #|washington|we are|went to|what is your|what should|what should i|when will the|will be all
-4 will get|will the|williams $|with me $|within|would be great|would like a|wrong|x|yes i need
-4 yesterday $|you for the|you later $|your help sir|your own
-3 # a|# digit|# e|# rd|^ absolutely|^ confirm|^ hello are|^ hello jesse|^ hi can|^ hi good|^ i like
-3 ^ i really|^ joe|^ kavi|^ kevin|^ let|^ my last|^ no need|^ no nothing|^ no problem|^ no sir
-3 ^ nothank|^ nothank you|^ okay sir|^ okthanks|^ sam|^ see|^ see you|^ sorry it|^ sure take
-3 ^ that would|^ yeah thats|a time|able|able to|absolutely|alex $|all i needed|alot|alot $
-3 am waiting $|and it|anderson|asking $|associated|byee|byee $|ca|can you please|cc $|chennai $
-3 concern|concern $|confirmation|confirmed $|conform $|conversation $|day and|day bye|day bye $
-3 day i|day to|day to you|didn't|do that $|evening $|for your support|from new|from new york
-3 from texas|get it|give|give me|good day $|got it|great job|gud|harini|hello are|hello are you
-3 hello good morning|hello jesse|help needed|hi can|hi good|hi good morning|i get a|i get it
-3 i made a|i request|id like to|idea $|in the|info $|is correct|is correct $|is joseph|it for me
-3 it for now|it is #|its #|its enough|jacob|james martin|james martin $|john $|kannan|kannan $|kavi
-3 last week i|like that|lot for your|lovely|made a|mani $|mary|mike|more|more help needed
-3 more queries|my bill $|my friend|my last|my latest|n|name is john|names|need your help|no # $
-3 no more help|no nothing|no sir|noon $|nothank|nothank you|nothing else $|now thank|now thanks
-3 ok sir i|okay i will|okay sir|okay thanks|okthanks|once again|own|password|please help $
-3 please tell me|purchase a new|ram $|rd|response $|right $|rio|robert $|rose|seems to|singapore
-3 sounds good $|spencer i|ss|stephen|subscription|sure it|sure take your|tell me about|thaks
-3 thank for|thank for your|thanking|thankyou so|thankyou so much|that is correct|that is it
-3 that one $|thats a|thats all my|the correct|the last four|this time $|to help me|to know my|to me
-3 town|tried|ur|wait for your|want to see|washington $|week i|when will i|will|william $|yeah thats
-3 yes i like|yes it is|yes you are|you again|you bye|you bye $|you charlie|you did|you provide me
-3 you sam|you sir|you sir $|you tell|you tell me|you're
-2 # and my|# e #|# g|# t|^ bala|^ certainly|^ fantastic|^ for my|^ give me|^ good bye
-2 ^ great thanks|^ hai i|^ harini|^ hii|^ hmm okay|^ hmmm|^ i wish|^ joseph|^ name is|^ no thank
-2 ^ oh thanks|^ oh yes|^ okay thank|^ okay thanks|^ okey|^ perfect thank|^ riley|^ sounds|^ sure it
-2 ^ thanking|^ thiya|^ yeah confirm|^ yeah thank|^ yep|^ yes confirm|able to help|again|al
-2 alexander|all for today|and # $|and also|anderson $|andrew|anu|any more|appreciated|appreciated $
-2 as i|associated with|bala|be great $|be it|been a|billing|bye bye|bye bye $|bye have|bye have a
-2 can you provide|can you update|certainly|chat with|chat with you|city #|class|day good
-2 day good bye|details and|digit of|dont need|else i|everything $|f|f #|fantastic|fare|feeling|few
-2 fine thanks for|for help|for information|for the info|for today thanks|for you $|for your great
-2 for your response|friend $|from the|from you|george $|giving|good day to|goodmorning|great help
-2 great thanks for|guess|hai i|hall|have #|hey $|hi i would|hii|hmm okay|hmmm|i am in|i dont need
-2 i have an|i prefer|i sent|i want help|i want my|if i have|im good|is arun|is david|is for|is jack
-2 is james|is ok|is sam|isn't|it thanks|it thanks $|jai|james and|jane|karthick $|king $|kk
-2 last # digit|like to know|linda|link|lot for the|lucy|madurai $|me a|me get|mi|months $
-2 more queries $|much|much i|much i am|my claim|my new|name is arun|name john|need some|need to get
-2 needed|no more queries|no problem $|no thank|no thank you|no that is|nothing $|now thank you
-2 of you|ofcourse|oh thanks|oh thats|oh yes|okay for|okay for me|okay sure|okay thank
-2 okay thank you|okie|paul|pavi|perfect thank|perfect thank you|please get|purchase $|richard $
-2 road|see my|see you $|see you later|senthil|sir i|sir thank|so i|soon $|sounds good|special
-2 stella|sure i will|sure it is|sure my name|sure please|sure the|thank u $|thank you very
-2 thanking you|thanks charlie|thanks so|that should|thats all for|the info|the mail|think that
-2 thiya|thnx|to chat|to chat with|to help|to need|to new|to purchase|to purchase a|today thanks
-2 useful|valuable|very much i|waiting for|want help|want my|was all|was wrong|what are the|what i
-2 will call|will call you|will do that|wish|with that|x #|ya $|yeah confirm|yeah thank|yep
-2 yes confirm|yes sure|you as|you provide|you sam $|you the|you update|your assistance
-2 your assistance $|your great|your response|your support $|your time $
2 # of|^ check the|^ i made|^ id|^ please give|^ please help|^ take|a purchase|a room|above|also i
2 am in need|and i want|and want|and want to|another one|apply for a|arrive $|as well $|back $
2 be able|be able to|bob $|booking|buy a new|buy new|can $|can you change|can you suggest|car and
2 changes|colorado|copy of my|currently|day for|device|england|finding|fix my|for our|francisco|fred
2 freeze my|friday|get me|get my|go|had an|he|help to|i must|i use|i wand to|i would|in # $
2 in getting a|in need of|is my name|just want to|know about my|know how much|know the|like to see
2 lisa|made $|make it $|me about|me with the|my one|nancy|need of|needed for|of this|one more|past
2 please add|please book|please send|please send a|please share|quickly|ready|reason|required|room $
2 san francisco|should be|something|sound|south|ten|th # $|thats it $|the details of|them|there's
2 thing|time i|to book a|to do|to hear|to inform|to know|to know the|to make|to paris|to paris $
2 to set|too $|via|wait i|wand to|want an|wanted to|were|what can|world|wrong $|x # $|yet|yet $
2 you able|you able to|your new
3 # # and|# s|# th #|# x #|^ also|^ how to|^ i'm|^ id like|^ it's|^ please check|^ so|^ y|a good
3 a problem|after #|also can|also can you|am looking for|amount of|and not|arrive|assist|assist me
3 at the|b|be $|because i|being|call you|cannot|chat|could you help|details of|document|does it cost
3 e|for an|for car|for it $|got my|haven't|help me find|help me out|help my|help with my|here to
3 hi i need|how much does|i cannot|i do $|i had|i just want|i need $|i need an|i need another
3 i need new|i still|i want new|i will be|in need|into my|is this|kind of|know about|later $
3 looking for|lost my phone|make it|mark|me find|me in|much does|much does it|nd|need another
3 need to know|noon|office|okay $|on $|paris|paris $|phone is|please check the|please help me|price
3 purchase the|recently $|repair|right now|rock|shall|shoes|some time|suggestion $|th #|thank you i
3 that can|that would|the number|this $|to book|to make a|to order|to use|trying|trying to|up a
3 use the|want you to|way to|what is my|when will my|why|with the|yes sure i|you change|you suggest
4 # k $|# so|# x|^ oh i|^ please provide|^ please tell|^ s|^ thats great|^ want|about my claim
4 apply for|back|back to|book a flight|buy some|can you arrange|chris|copy of|date $|different|fees
4 fix it $|for it|for this $|freeze|get a|getting a|give me the|good $|hours|hours $|how to|i change
4 i know the|i need a|i need the|i want #|i want you|if i|in getting|include|information about
4 is it $|is missing|it does|jim|know about the|know my|love|me to|months|my balance|my order $
4 need an|need help|new york city|not $|now i|of one|oh i|please help|recent|screen is broken|send a
4 suggestion|tell my|thanks bye|that one|to be|to find|to fix|to see the|today|told|tom|up my
4 want new|want you|when i|would you please|york city|you arrange
5 # please $|^ give|^ go ahead|^ i lost|^ i wants|^ need a|^ what about|^ what are|^ why is|^ yes i
5 ^ yes that|^ you can|^ your|a flight|a little|america|and one|are available|arrives|available for
5 balance $|does it|does not work|find the|had|have a problem|hello i am|help me to|how do i
5 i wants to|in new|inform|iphone #|is #|is a|jamie $|jim $|know how|like to buy|lost my card|making
5 my money|my phone is|oh sorry i|on the|please confirm that|recently|replace my|robin|say|see the
5 so|status of the|steve|talk to|thank you $|thanks bye $|these|to canada|to canada $|to know about
5 to know when|to speak|us|used my|view|want #|was|what are|what the|when it|why is|why is my|will i
5 will my|would like to|year $|yes that|you could|you have
6 # and|^ check my|^ how much|^ i wand|^ now i|^ oh sorry|^ someone|^ there|an issue|anymore
6 anymore $|are the|as well|available $|because my|before|best|better|card was stolen|checking
6 confirm it|could|did|every|extra|find|find out|for all|has been|have|have a #|help me with|i go
6 i got|i have any|i lost|i lost my|i need my|i want know|i would like|is very|is wrong|is wrong $
6 jason|like to order|my card was|name $|need a new|need my|need new|problem with my|request for|s $
6 services $|set up|star|the current|to get a|to my|tomorrow|want a|want know|want to know|wants|way
6 what about
7 ^ any|^ make|^ my screen|^ there is|^ yes thats|access|and confirm|apply|balance|can i pay
7 canada $|company $|complete|does not|explain|for a|forget|going to|got|hi im|i get|is $|is the|k $
7 like to|me know|my current|needs to|ok and|one of your|people|rate|sarah|share my|through
7 to change|was stolen|was stolen $|will be|would like|yes i am|yes thats|you help me
8 ^ cancel my|^ change my|^ my account|^ new|^ status of|^ why|a problem with|and i need|around
8 around #|can i get|can you help|canada|card was|details $|have some|hear|i have|i have a
8 i have been|i have some|i want a|if you|into|is broken|is broken $|is not working|long|looking
8 me my|must|my name $|my package $|need a|need a #|ok $|opening|plan $|replace|s|the latest
8 the wrong|there|to someone|too high|update the|used|where is my
9 ^ is my|^ my card|^ when will|a fee|address $|because|can i|cancel my|confirm it $|due|have any
9 i pay|i wants|i'd like to|if|is my order|is too|me with|my phone $|my screen|not work|now $
9 oh sorry|right now $|running|screen is|send|should i|steven|stolen $|tell me|the status of|they
9 this month|this month $|would
10 # days|# to|^ i just|^ what's my|^ where|^ where's my|a bill|a bill $|about a|ahead and|and what
10 been|close|confirm that|fee|fix|for this|go ahead and|high $|issues|my mobile|package $|purchased
10 stolen|suggest|that my|there is|well $|what's my|whats the|where's my|you help
11 ^ help me|^ track|^ will you|change my|claim $|is my|it cost $|lost my|my plan|order is
11 problem with|provide the|take|talk|the status|to #|track my|using|want to cancel|you to
12 # #|# am $|^ i got|^ i'd like|^ schedule an|^ where's|about my|after i|an appointment|and i
12 appointment $|auto|charges|check my|cost of|create|exchange for|forgot|get|having trouble|how do
12 i forgot|i wand|is there|it cost|may|money|my account $|need the|our|purchase|schedule an|sending
12 share|someone $|the cost|to buy|to cancel|wand|where's
13 ^ i'd|^ need|^ return|^ status|buy #|cost $|do|have good|help with|i ask|i'd|i'd like|is # #
13 is there a|let me know|list $|make a|my account is|problem|send me|st|there a|trouble|yes $
14 ^ phone|account is|after|be|got a|high|how much is|i got a|i was|k|me the|much is|not working $
14 over|per|previous|rate $|report|return $|so please|than|unable|unable to|version|will you
15 # dollars|^ how do|^ when do|^ where is|also|appointment|april|arrived|ask|but|i am $|i just|i'm
15 my phone|or|question|there any|there is a|too|track|well|when do|with your|you know
16 # am|^ # $|^ i can't|^ i want|^ why was|^ yes $|credit|help me|i|issue|issue with|locked $|month
16 of your|on my|one of|phone $|speed|the cost of|to the|why was
17 ^ could you|^ purchase|^ schedule|add|delivery|exchange|form|late $|march|my #|my card $|out of
17 person|turn on|was i|where is
18 # pm|# th|^ book a|^ can i|^ check|^ tell me|date|for one|increase|know|late|locked|log|mobile $
18 pm|request|speak to|th|that i|times
19 # k|amount|do you have|in #|someone|this|to a|w # $|with|with a
20 ^ go|a table|are there any|can't|copy|i can't|yes i want
21 ^ is there|cost|item $|my account|no $|pay|service $|start
22 charge $|connection|do you|i need|i want|in $|like|your company|your company $
23 ^ book|^ hi $|account $|activate|calling|damaged|hi $|i wanna|item|latest|table|wanna|website
24 ^ no $|^ ok $|^ update|connection $|could you|how much|lost|up|work|would you
25 ^ could|^ speak|^ tell|^ whats|are|came|my order|problem $|received|upgrade|what is
26 ^ are|^ are there|should|whats
27 # # $|^ you|am $|available|card declined|mobile|my package|package|tell
28 another|claim|current|iphone|meeting|out
29 ^ help|^ i was|about|dollars|having|open $|use|which|won't
30 # and #|book a|by|days|has|list|want|working
31 ^ i need|any|are there|doesn't|my card|updated
32 ^ do you|a|schedule
33 ^ what is|buy|do i|is not|to # $|work $
34 w
35 ^ it|application|down $|for #|is it|order|please|w #
36 ^ password|bill|service
37 ^ send|account|charge
38 book|the
39 ^ change|bill $|can you|working $
40 ^ will|open|when
41 error|password $|speak|turn|where
42 ^ can you|^ reset|not working
43 updates
44 app|at #|next
45 new
46 getting
47 at|for|of|some
48 ^ when|not
50 down|from
51 missing $
52 ^ please|can|change|in
53 need|status $|update
55 ^ order
56 length 7
58 return
59 cant|card
60 payment
61 me|what's
62 ^ do|^ how|an
63 ^ what's|broken $|keeps|on|status
64 ^ cancel|declined|declined $
65 phone|please $
66 ^ can
68 login
70 ^ what
71 charged|set
73 length 99
76 broken
77 length 12|screen
79 call
80 cable|does|internet|to
82 cancel|how
83 ^ is
88 missing
96 what
97 reset
100 my
106 refund
"""
