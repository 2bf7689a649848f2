// All words of the page, in English and Korean. Sentences about events come from the lab, in the same languages.

import { bytes, number, share, span } from './format.js';

export const languages = ['en', 'ko'];
let place = 0;

/** Sets the language of words: 'en' or 'ko'. */
export function speak(language) {
  place = Math.max(0, languages.indexOf(language));
}

/** The words of a key. {name} stands for an argument; {count|one|many} chooses by number. */
export function t(key, values = {}) {
  const words = table[key];
  if (!words)
    return key;
  return words[place].replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
    if (one !== undefined)
      return values[name] === 1 ? one : many;
    return format(name, values);
  });
}

/** All keys, each with its words in all languages. */
export const entries = () => Object.entries(table);

/** True when the table has the key. */
export const has = key => key in table;

/** Fills elements with data-t (text), data-label (aria-label), data-title and data-placeholder. */
export function translate(root) {
  for (const element of root.querySelectorAll('[data-t]'))
    element.textContent = t(element.dataset.t);
  for (const [data, attribute] of [['label', 'aria-label'], ['title', 'title'], ['placeholder', 'placeholder']]) {
    for (const element of root.querySelectorAll(`[data-${data}]`))
      element.setAttribute(attribute, t(element.dataset[data]));
  }
}

function format(name, values) {
  const value = values[name];
  if (name === 'part')
    return share(values.time, values.total);
  if (name === 'size')
    return bytes(value);
  if (name === 'time' || name === 'total' || name === 'span')
    return span(value);
  return typeof value === 'number' ? number(value) : String(value ?? '');
}

const table = {
  title: ['UserTcp lab', 'UserTcp 실험실'],
  skip: ['Skip to the ladder', '래더로 바로 가기'],
  language: ['Language', '언어'],
  theme: ['Theme', '테마'],
  themeAuto: ['as the system', '시스템 설정'],
  themeLight: ['light', '밝게'],
  themeDark: ['dark', '어둡게'],
  shortcuts: ['Shortcuts', '단축키'],
  close: ['Close', '닫기'],
  linkConnected: ['live', '실시간'],
  linkWaiting: ['connecting', '연결 중'],
  linkPaused: ['paused', '일시 정지'],
  linkLost: ['lost: the lab does not answer; next attempt in {count} s', '끊김: 응답 없음, {count}초 뒤 다시 시도'],
  linkFile: ['file', '파일'],
  linkLesson: ['lesson', '학습'],
  device: ['Device {device}, {addresses}; process {pid}; version {version}',
    '장치 {device}, {addresses}; 프로세스 {pid}; 버전 {version}'],
  strangers: [
    'This page shows nothing to strangers. Open the address that `usertcp lab` has printed, with what stands '
    + 'behind its #, or paste it here.',
    '이 페이지는 토큰이 없으면 아무것도 보여 주지 않습니다. `usertcp lab`이 출력한 주소를 # 뒤까지 그대로 열거나 여기에 '
    + '붙여 넣으세요.'],
  strangersAgain: ['The lab does not know this token. Each start of the lab prints a new address.',
    '실험실이 이 토큰을 모릅니다. 실험실은 시작할 때마다 새 주소를 출력합니다.'],
  address: ['Address or token', '주소 또는 토큰'],
  open: ['Open', '열기'],

  checkUp: ['Check-up', '진단'],
  checkNothing: ['No connection yet. Start one under Traffic, or from a shell in the lab.',
    '아직 연결이 없습니다. 트래픽에서 하나를 시작하거나 실험실 셸에서 시작하세요.'],
  checkQuiet: ['No event since this page was opened.', '이 페이지를 연 뒤로 이벤트가 없음.'],
  checkOpening: ['The handshake is not complete after {time} ({state}).',
    '{time}이(가) 지났지만 연결 설정이 끝나지 않음({state}).'],
  checkUnknownLimit: ['We have sent {size} in {time}; nothing here says what limited that.',
    '{time} 동안 {size}를 보냄. 무엇이 제한했는지는 알 수 없음.'],
  checkShort: ['Too short to say what limits it.', '무엇이 제한하는지 말하기에는 너무 짧음.'],
  checkNone: ['Nothing limited the sender for {part} of {total}.', '{total} 중 {time} 동안 송신을 제한한 것이 없음.'],
  checkNoData: ['Limited by the application, with nothing to send, for {part} of {total}.',
    '{total} 중 {time} 동안 애플리케이션이 보낼 데이터를 주지 않음.'],
  checkPeerWindow: ['Limited by the receiver for {part} of {total}.',
    '{total} 중 {time} 동안 수신 측 윈도에 의해 제한됨.'],
  checkCongestionWindow: ['Limited by the congestion window for {part} of {total}.',
    '{total} 중 {time} 동안 혼잡 윈도에 의해 제한됨.'],
  checkSmallSegment: ['Waiting for full segments (Nagle, SWS avoidance) for {part} of {total}.',
    '{total} 중 {time} 동안 최대 크기 세그먼트를 기다림(Nagle, SWS 회피).'],
  checkPacing: ['Limited by the pacer for {part} of {total}.', '{total} 중 {time} 동안 페이서에 의해 제한됨.'],
  checkMtuProbe: ['Waiting for room for an MTU probe for {part} of {total}.',
    '{total} 중 {time} 동안 MTU 프로브를 보낼 자리를 기다림.'],
  checkNoRetransmission: ['No retransmission.', '재전송 없음.'],
  checkRetransmissions: ['{count} {count|retransmission|retransmissions}.', '재전송 {count}회.'],
  checkRetransmissionsAllLost: [
    '{count} {count|retransmission, of a packet|retransmissions, all of packets} that the link lost.',
    '재전송 {count}회, 모두 링크가 잃은 패킷.'],
  checkRetransmissionsSomeLost: ['{count} retransmissions, {lost} of packets that the link lost.',
    '재전송 {count}회, 그중 {lost}회는 링크가 잃은 패킷.'],
  checkUndone: ['{count} {count|recovery was|recoveries were} spurious and undone.', '불필요했던 복구 {count}회를 되돌림.'],
  checkTimeouts: ['{count} {count|timeout|timeouts} (RTO).', '타임아웃(RTO) {count}회.'],
  checkWindowClosed: ['The peer’s window was closed for {time}.', '상대 윈도가 {time} 동안 닫혀 있었음.'],
  checkRefused: ['Refused: nothing listens there, or the connection is gone.', '거부됨: 듣는 쪽이 없거나 연결이 이미 사라짐.'],
  checkReceiving: ['The peer has sent {size} in {time}.', '상대가 {time} 동안 {size}를 보냄.'],
  checkOwnWindowClosed: ['Our window was closed for {time}: the application did not read.',
    '애플리케이션이 읽지 않아 이쪽 윈도가 {time} 동안 닫혀 있었음.'],
  checkLostData: ['The link lost {count} {count|segment|segments} of its data.', '링크가 상대의 데이터 세그먼트 {count}개를 잃음.'],
  checkNoLostData: ['No data segment was lost by the link.', '링크가 잃은 데이터 세그먼트 없음.'],
  checkArrivedAgain: ['{count} {count|segment|segments} arrived although we had the data.',
    '이미 받은 데이터의 세그먼트 {count}개가 다시 도착함.'],
  checkWeReset: ['We reset the connection.', '이쪽이 연결을 리셋함(RST).'],
  checkPeerReset: ['The peer reset the connection.', '상대가 연결을 리셋함(RST).'],
  checkEnded: ['It ended with an error: {error}.', '오류로 끝남: {error}.'],
  checkMissed: ['{count} events were not seen here.', '이 페이지가 보지 못한 이벤트 {count}개.'],

  connections: ['Connections', '연결'],
  noConnections: ['None yet', '아직 없음'],
  listeners: ['Listening on {ports}', '대기 중인 포트: {ports}'],
  us: ['us', '이쪽'],
  peer: ['peer', '상대'],
  stateRead: ['read from the kernel', '커널에서 읽음'],
  stateInferred: ['inferred', '추정'],
  unknown: ['unknown', '알 수 없음'],
  live: ['open', '열림'],
  closed: ['closed', '닫힘'],
  retransmittedShort: ['{count} retransmitted', '재전송 {count}'],
  lostShort: ['{count} lost', '손실 {count}'],

  ladder: ['Ladder', '래더'],
  ladderLabel: ['Events of the connection, in order', '연결의 이벤트, 순서대로'],
  showRows: ['Show', '표시'],
  rowsSegments: ['segments only', '세그먼트만'],
  rowsUsual: ['segments, calls, losses', '세그먼트, 호출, 손실'],
  rowsAll: ['everything', '모두'],
  pause: ['Pause', '일시 정지'],
  resume: ['Follow', '따라가기'],
  back: ['One event back', '한 이벤트 뒤로'],
  forward: ['One event on', '한 이벤트 앞으로'],
  first: ['To the first event', '첫 이벤트로'],
  toEnd: ['To the end, and follow', '끝으로 가서 따라가기'],
  position: ['Position in the events kept', '보관된 이벤트에서의 위치'],
  positionOf: ['event {count} of {of}', '이벤트 {count}/{of}'],
  gapRow: ['Gap: {count} events were not recorded for this page', '공백: 이 페이지가 받지 못한 이벤트 {count}개'],
  lostRow: ['Gap: the lab was out of reach; up to {count} events are not here',
    '공백: 실험실에 연결되지 않은 동안의 이벤트, 최대 {count}개가 없음'],
  droppedRow: ['Gap: {count} older events are no longer kept', '공백: 더 이상 보관되지 않는 이전 이벤트 {count}개'],
  isns: ['ISS {iss}, IRS {irs}; all numbers are relative to them', 'ISS {iss}, IRS {irs}; 모든 번호는 이를 기준으로 한 상대값'],
  rowOut: ['we send', '이쪽 송신'],
  rowIn: ['the peer sends', '상대 송신'],
  rowLost: ['lost by the link', '링크가 잃음'],
  rowHeld: ['held by the link', '링크가 붙잡음'],
  rowDuplicated: ['duplicated by the link', '링크가 복제함'],
  rowReordered: ['reordered by the link', '링크에서 순서가 바뀜'],
  rowCorrupted: ['corrupted by the link', '링크가 손상시킴'],
  rowMarked: ['CE set by the link', '링크가 CE를 표시함'],
  rowReplayed: ['delivered once more', '한 번 더 전달됨'],
  rowQueueFull: ['dropped: queue full', '버림: 큐가 가득 참'],
  saveLadder: ['Save as SVG', 'SVG로 저장'],
  savePlot: ['Save as SVG', 'SVG로 저장'],
  saveEvents: ['Save events (NDJSON)', '이벤트 저장(NDJSON)'],

  details: ['Event', '이벤트'],
  detailsNone: ['Choose a row of the ladder: Enter or a click.', '래더에서 행을 고르세요: Enter 또는 클릭.'],
  header: ['Header', '헤더'],
  reasonHeading: ['Reason', '이유'],
  wireshark: ['Wireshark calls it “{name}”', 'Wireshark의 이름: “{name}”'],
  changes: ['Changes', '변화'],
  variable: ['Variable', '변수'],
  before: ['before', '이전'],
  after: ['after', '이후'],
  noChanges: ['It changed nothing.', '바뀐 것이 없음.'],
  why: ['Why?', '왜?'],
  whyThis: ['this', '이 이벤트'],
  whyBecause: ['because of', '원인'],
  whyOf: ['about', '대상'],
  whyVerdict: ['the link', '링크'],
  whyForgotten: ['event {n} is no longer kept', '이벤트 {n}은(는) 더 이상 보관되지 않음'],
  whyNothing: ['Nothing led to it: it came by itself.', '앞선 원인이 없음: 스스로 일어난 이벤트.'],
  whyEffects: ['What it led to', '이것이 일으킨 것'],

  space: ['Sequence space', '순서 번호 공간'],
  spaceOut: ['We send', '이쪽이 보내는 방향'],
  spaceIn: ['We receive', '이쪽이 받는 방향'],
  spaceAcked: ['acknowledged', '확인 응답됨'],
  spaceFlight: ['in flight', '전송 중'],
  spaceSacked: ['SACKed', 'SACK됨'],
  spaceLost: ['lost', '손실'],
  spaceAgain: ['retransmitted', '재전송됨'],
  spaceWindow: ['window, unused', '쓰지 않은 윈도'],
  spaceReceived: ['received', '받음'],
  spaceHole: ['hole', '빈 구간'],
  spaceOutOfOrder: ['received out of order', '순서와 다르게 받음'],
  spaceNone: ['No numbers are known yet.', '아직 알려진 번호가 없음.'],
  spaceEdges: ['UNA {una}, NXT {nxt}, window edge {edge}; {flight} bytes in flight, {sacked} SACKed, {lost} lost',
    'UNA {una}, NXT {nxt}, 윈도 끝 {edge}; 전송 중 {flight}바이트, SACK {sacked}, 손실 {lost}'],
  spaceInEdges: ['NXT {nxt}, window edge {edge}; {holes} {holes|hole|holes}, {unread} bytes unread',
    'NXT {nxt}, 윈도 끝 {edge}; 빈 구간 {holes}개, 읽지 않은 {unread}바이트'],

  plot: ['Time and sequence', '시간-순서 그래프'],
  plotLabel: ['Time-sequence plot. Arrows pan, plus and minus zoom, 0 shows all, comma and period select a segment.',
    '시간-순서 그래프. 화살표로 이동, +와 -로 확대·축소, 0은 전체, 쉼표와 마침표로 세그먼트 선택.'],
  plotDirection: ['Direction', '방향'],
  plotAll: ['Show all', '전체 보기'],
  plotIn: ['Zoom in', '확대'],
  plotOut: ['Zoom out', '축소'],
  plotSegment: ['segment', '세그먼트'],
  plotAgain: ['R: retransmission', 'R: 재전송'],
  plotLost: ['×: lost', '×: 손실'],
  plotAck: ['ACK', 'ACK'],
  plotWindow: ['window edge', '윈도 끝'],
  plotSack: ['SACK', 'SACK'],
  plotDuplicate: ['duplicate ACK', '중복 ACK'],
  limitNone: ['nothing limits', '제한 없음'],
  limitNoData: ['application', '애플리케이션'],
  limitPeerWindow: ['peer’s window', '상대 윈도'],
  limitCongestionWindow: ['congestion window', '혼잡 윈도'],
  limitSmallSegment: ['full segment', '최대 크기 대기'],
  limitPacing: ['pacer', '페이서'],
  limitMtuProbe: ['MTU probe', 'MTU 프로브'],
  recovery: ['recovery', '복구'],

  states: ['States', '상태'],
  statesLabel: ['RFC 9293’s states: we are in {us}, the peer is in {peer}', 'RFC 9293의 상태: 이쪽 {us}, 상대 {peer}'],
  statesNever: ['never walked', '지나지 않은 길'],

  timers: ['Timers', '타이머'],
  noTimers: ['None runs.', '작동 중인 타이머 없음.'],
  timerRetransmission: ['retransmission timer', '재전송 타이머'],
  timerPersist: ['persist timer', '지속(persist) 타이머'],
  timerDelayedAck: ['delayed ACK timer', '지연 ACK 타이머'],
  timerKeepAlive: ['keep-alive timer', 'keep-alive 타이머'],
  timerReordering: ['reordering timer (RACK)', '재정렬 타이머(RACK)'],
  timerTailLossProbe: ['tail loss probe timer', '꼬리 손실 프로브 타이머'],
  timerGiveUp: ['give-up timer', '포기 타이머'],
  timerPacing: ['pacing timer', '페이싱 타이머'],
  timerMinProgress: ['min-progress timer', '최소 진행 타이머'],
  timerLeft: ['{span} left', '{span} 남음'],
  timerDue: ['due', '만료됨'],
  timerSetBy: ['Set by event {n}', '이벤트 {n}이(가) 설정'],

  counters: ['Counters', '카운터'],
  counterName: ['Name', '이름'],
  counterValue: ['Value', '값'],
  counterChange: ['Change', '변화'],
  counterFilter: ['Filter', '필터'],

  breaking: ['Break it', '망가뜨리기'],
  loss: ['Loss', '손실'],
  delay: ['Delay', '지연'],
  jitter: ['Jitter', '지터'],
  reorder: ['Reorder', '순서 바뀜'],
  dup: ['Duplicate', '복제'],
  corrupt: ['Corrupt', '손상'],
  rate: ['Rate', '대역폭'],
  seed: ['Seed', '시드'],
  none: ['none', '없음'],
  unlimited: ['unlimited', '무제한'],
  bothWays: ['Chances apply to both directions; a packet that is named has one.',
    '확률은 양방향에 적용되고, 지정한 패킷은 방향을 고를 수 있습니다.'],
  triggers: ['In each connection, once', '연결마다 한 번'],
  dropFin: ['Drop the next FIN', '다음 FIN 버리기'],
  dropAckOfFin: ['Drop the ACK of the FIN', 'FIN의 ACK 버리기'],
  dropSynAck: ['Drop the next SYN,ACK', '다음 SYN,ACK 버리기'],
  holdData: ['Hold the next data segment 2 s', '다음 데이터 세그먼트 2초 붙잡기'],
  dupData: ['Duplicate the next data segment', '다음 데이터 세그먼트 복제'],
  reorderData: ['Reorder the next data segment', '다음 데이터 세그먼트 순서 바꾸기'],
  ways: ['Packet’s direction', '패킷 방향'],
  waysBoth: ['either', '양쪽'],
  waysFrom: ['from the stack', '스택이 보내는 것'],
  waysTo: ['to the stack', '스택으로 오는 것'],
  remove: ['Remove {what}', '{what} 제거'],
  asBefore: ['Repair all', '모두 원래대로'],
  command: ['The same from a shell', '셸에서 같은 일을 하려면'],
  copy: ['Copy', '복사'],
  copied: ['Copied', '복사됨'],
  otherWords: ['All words of --impair', '--impair 전체'],

  traffic: ['Traffic', '트래픽'],
  opensHere: ['Who opens', '여는 쪽'],
  roleKernel: ['the kernel', '커널'],
  roleStack: ['the stack', '스택'],
  size: ['Bytes', '바이트'],
  kind_transfer: ['Download', '다운로드'],
  kind_upload: ['Upload', '업로드'],
  'kind_slow-reader': ['Slow reader', '느린 수신자'],
  kind_chat: ['Chat', '대화'],
  'kind_simultaneous-close': ['Simultaneous close', '동시 닫기'],
  'kind_ten-clients': ['Ten clients', '클라이언트 열 개'],
  running: ['running', '진행 중'],
  done: ['done', '끝남'],
  failed: ['failed', '실패'],
  'action_stop-reading': ['Stop reading', '읽기 멈춤'],
  action_read: ['Read', '읽기'],
  'action_half-close': ['Half-close', '절반 닫기'],
  action_close: ['Close', '닫기'],
  action_kill: ['Kill (RST)', '강제 종료(RST)'],
  showIt: ['Show', '보기'],
  noTraffic: ['None was started here.', '여기서 시작한 것이 없음.'],
  scenario: ['Scenario as a link', '시나리오 링크'],
  scenarioHint: ['Opens with the same link, traffic and place; without the token.',
    '같은 링크 설정, 트래픽, 위치로 열립니다. 토큰은 들어 있지 않습니다.'],
  scenarioRuns: ['The scenario runs and stops at event {step}.', '시나리오를 실행하고 이벤트 {step}에서 멈춥니다.'],
  scenarioStands: ['The scenario stands at event {step}.', '시나리오가 이벤트 {step}에서 멈췄습니다.'],

  lessons: ['Lessons', '학습'],
  claims: ['{count} claims', '주장 {count}개'],
  showRun: ['Show this run', '이 실행 보기'],
  run: ['Run', '실행'],
  leave: ['Leave the lesson', '학습 나가기'],
  right: ['Right.', '맞았습니다.'],
  wrong: ['No: {answer}', '아닙니다: {answer}'],
  holds: ['holds', '성립'],
  fails: ['does not hold', '성립하지 않음'],
  passed: ['All claims hold.', '모든 주장이 성립합니다.'],
  notPassed: ['A claim does not hold.', '성립하지 않는 주장이 있습니다.'],
  noLessons: ['This lab has none.', '이 실험실에는 없음.'],

  files: ['Captures and recordings', '캡처와 기록'],
  filesHint: ['Drop a pcap, a pcapng or a recording on the page, or choose one. It goes to the lab only.',
    'pcap, pcapng 또는 기록 파일을 페이지에 끌어다 놓거나 고르세요. 실험실로만 전송됩니다.'],
  chooseFile: ['Choose a file', '파일 선택'],
  dropHere: ['Drop the file: the lab explains it', '파일을 놓으면 실험실이 설명합니다'],
  fileShown: ['You see the file {name}, not the lab.', '지금 보이는 것은 실험실이 아니라 파일 {name}입니다.'],
  fileReading: ['The lab reads {name}.', '실험실이 {name}을(를) 읽고 있습니다.'],
  fileTooBig: ['{name} has more than 64 MB.', '{name}은(는) 64 MB를 넘습니다.'],
  fileEmpty: ['{name} has no TCP segment.', '{name}에 TCP 세그먼트가 없습니다.'],
  lessonShown: ['You see the lesson “{name}”, not the lab.', '지금 보이는 것은 실험실이 아니라 학습 “{name}”입니다.'],
  backToLive: ['Back to the lab', '실험실로 돌아가기'],
  problem: ['It did not work: {error}', '실패: {error}'],
  unreachable: ['The lab does not answer.', '실험실이 응답하지 않습니다.'],

  keyPause: ['pause, follow', '일시 정지, 따라가기'],
  keyStep: ['one event back, on', '한 이벤트 뒤로, 앞으로'],
  keyMove: ['move in a list or in the ladder', '목록이나 래더에서 이동'],
  keyEnter: ['open the details', '자세히 보기'],
  keyWhy: ['go to the cause', '원인으로 이동'],
  keyLadder: ['to the ladder', '래더로'],
  keyConnections: ['to the connections', '연결 목록으로'],
  keyPlot: ['to the plot', '그래프로'],
  keyBreak: ['to “Break it”', '“망가뜨리기”로'],
  keyEscape: ['close, unselect', '닫기, 선택 해제'],
  keyHelp: ['this list', '이 목록'],
  stateNow: ['{us} / peer {peer}', '{us} / 상대 {peer}'],
};
