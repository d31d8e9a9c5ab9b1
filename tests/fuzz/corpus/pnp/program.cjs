const RAW_RUNTIME_STATE =
'{\
 "__info": [],\
 "dependencyTreeRoots": [\
  {\
   "name": "p",\
   "reference": "workspace:."\
  }\
 ],\
 "ignorePatternData": "^(?:\\\\.yarn\\\\/sdks(?:\\\\/.*)?)$",\
 "enableTopLevelFallback": true,\
 "fallbackExclusionList": [\
  [\
   "p",\
   [\
    "workspace:."\
   ]\
  ]\
 ],\
 "fallbackPool": [\
  [\
   "dep",\
   "npm:1"\
  ]\
 ],\
 "packageRegistryData": [\
  [\
   null,\
   [\
    [\
     null,\
     {\
      "packageLocation": "./",\
      "packageDependencies": [\
       [\
        "dep",\
        "npm:1"\
       ],\
       [\
        "al",\
        [\
         "dep",\
         "npm:1"\
        ]\
       ],\
       [\
        "peer",\
        null\
       ]\
      ],\
      "linkType": "SOFT"\
     }\
    ]\
   ]\
  ],\
  [\
   "dep",\
   [\
    [\
     "npm:1",\
     {\
      "packageLocation": "./node_modules/dep/",\
      "packageDependencies": [\
       [\
        "dep",\
        "npm:1"\
       ]\
      ],\
      "packagePeers": [\
       "q"\
      ],\
      "discardFromLookup": true\
     }\
    ]\
   ]\
  ]\
 ]\
}';
