import json,sys,collections,glob
for f in glob.glob('prof/*.cpuprofile'):
    p=json.load(open(f)); nodes={n['id']:n for n in p['nodes']}
    self=collections.Counter(); tot=0
    for s,d in zip(p['samples'],p['timeDeltas']):
        n=nodes[s]['callFrame']; 
        self[(n['functionName'] or '(anon)')+' '+n['url'].split('/src/')[-1]+':'+str(n['lineNumber'])]+=d; tot+=d
    idle=self.get('(idle) :-1',0)
    print(f, 'total',tot//1000,'ms idle',idle//1000, 'program', self.get('(program) :-1',0)//1000)
    for k,v in self.most_common(18): print('   ',v//1000,'ms',k)
