"""Forms of one character: as Taiwan, Hong Kong and Japan write it, and old forms, to the one that Taiwan writes."""

# NFKC knows compatibility forms only; these are characters of their own. Simplified ones are among them only where
# they stand for one traditional character alone: what is right for one word must not be wrong for the next.
_PAIRS = (
    "臺台 檯台 裡裏 綫線 着著 衞衛 峯峰 羣群 鷄雞 牀床 粧妝 啓啟 麪麵 麫麵 産產 説說 內内 別别 "
    "爲為 眞真 黃黄 黑黒 鑛礦 銹鏽 鈎鉤 鍾鐘 鎭鎮 靑青 淸清 氷冰 凉涼 决決 减減 况況 凈淨 浄淨 "
    "冲沖 滙匯 濶闊 濕溼 潔絜 灶竈 炮砲 煙菸 烟菸 綉繡 綳繃 綿緜 纔才 縧絛 織繊 罎罈 罐罆 翺翱 "
    "脇脅 脚腳 脣唇 膓腸 艷豔 艶豔 蔴麻 葯藥 薬藥 蘆芦 虧亏 裙帬 褲袴 袜襪 裠裙 襍雜 觔斤 証證 "
    "讚贊 讃贊 豬猪 賬帳 跡迹 蹟迹 躱躲 軟輭 鉢缽 針鍼 鏟剷 闢辟 雕彫 霉黴 靭韌 鞋鞵 韮韭 頽頹 "
    "頴穎 飱飧 餠餅 餵喂 館舘 駡罵 髮髪 鬪鬥 鬭鬥 鼈鱉 龢和 倂併 僞偽 兌兑 冊册 剎刹 劵券 単單 "
    "厨廚 厠廁 吿告 呑吞 嚐嘗 噓嘘 囪囱 埀垂 塲場 壻婿 奬獎 妳你 姉姊 姫姬 嬾懶 寳寶 寶宝 屛屏 "
    "嶽岳 帋紙 幷并 廐廄 強强 彥彦 恆恒 悅悦 惠恵 慾欲 戶户 戸户 抜拔 拋抛 挿插 搖揺 撐撑 敎教 "
    "昻昂 晚晩 暎映 曬晒 朶朵 枱台 柹柿 栢柏 桿杆 槪概 樑梁 樓楼 橫横 歲歳 毀毁 毎每 沒没 溫温 "
    "滾滚 瀨瀬 灣湾 焼燒 犁犂 狀状 瑤瑶 甁瓶 瓈璃 畫畵 痩瘦 皁皂 皐皋 盃杯 盌碗 椀碗 砧碪 硏研 "
    "祕秘 禮礼 稅税 稜棱 穀榖 竪豎 筍笋 箇個 簑蓑 粤粵 糉粽 絕絶 綠緑 緣縁 線线 繮韁 羨羡 顔顏 "
    "鉄鐵 塩鹽 耀燿 聰聡"
).split()


def _table() -> dict[int, str]:
    """Each form to the one that stands for all of its group, whichever way pairs chain."""
    head: dict[str, str] = {}

    def find(letter: str) -> str:
        while head.get(letter, letter) != letter:
            letter = head[letter]
        return letter

    for pair in _PAIRS:
        first, second = find(pair[0]), find(pair[1])
        if first != second:
            head[max(first, second)] = min(first, second)
    return {ord(letter): find(letter) for letter in "".join(_PAIRS)}


FORMS = _table()
